package main

// workload is one of the workloads of benches/workloads. setUp runs first, and then
// work on each goroutine, from the goroutine's own number on.
type workload struct {
	name  string
	setUp func(m table)
	work  func(m table, s *share, i int)
}

const (
	size     = 1024 // of the map in Range and AdversarialDelete, and a modulus in others
	balanced = 256
)

var workloads = []workload{
	{"LoadMostlyHits", steady(size - 1), load},
	{"LoadMostlyMisses", steady(1), load},
	{"LoadOrStoreBalanced", steady(balanced / 2), loadOrStoreBalanced},
	{"LoadOrStoreUnique", empty, loadOrStoreUnique},
	{"LoadOrStoreCollision", oneKey, loadOrStoreCollision},
	{"LoadAndDeleteBalanced", steady(balanced / 2), loadAndDeleteBalanced},
	{"LoadAndDeleteUnique", empty, loadAndDeleteUnique},
	{"LoadAndDeleteCollision", oneKey, loadAndDeleteCollision},
	{"Range", filled, visitAll},
	{"AdversarialAlloc", empty, adversarialAlloc},
	{"AdversarialDelete", filled, adversarialDelete},
	{"DeleteCollision", oneKey, deleteCollision},
	{"SwapCollision", oneKey, swapCollision},
	{"SwapMostlyHits", steady(size - 1), swap(size - 1)},
	{"SwapMostlyMisses", steady(1), swap(1)},
	{"CompareAndSwapCollision", oneKey, compareAndSwapCollision},
	{"CompareAndSwapNoExistingKey", empty, compareAndSwapNoExistingKey},
	{"CompareAndSwapValueNotEqual", filledWithOne, compareAndSwapValueNotEqual},
	{"CompareAndSwapMostlyHits", steady(size - 1), compareAndSwap(size - 1)},
	{"CompareAndSwapMostlyMisses", steady(1), compareAndSwap(1)},
	{"CompareAndDeleteCollision", oneKey, compareAndDeleteCollision},
	{"CompareAndDeleteMostlyHits", steady(size - 1), compareAndDelete(size - 1)},
	{"CompareAndDeleteMostlyMisses", steady(1), compareAndDelete(1)},
	{"Clear", empty, clearAndStore},
}

func empty(table) {}

func oneKey(m table) { m.LoadOrStore(0, 0) }

func filledWithOne(m table) { m.Store(0, 0) }

func filled(m table) {
	for i := range size {
		m.Store(i, i)
	}
}

// steady fills the map, and loads until all keys are promoted.
func steady(keys int) func(table) {
	return func(m table) {
		for i := range keys {
			m.LoadOrStore(i, i)
		}
		for i := range 2 * keys {
			m.Load(i % keys)
		}
	}
}

// knownOrNew: of each size numbers, hits stand for known keys.
func knownOrNew(i, hits int) int {
	if known := i % size; known < hits {
		return known
	}
	return i
}

func load(m table, s *share, i int) {
	for ; s.next(); i++ {
		m.Load(i % size)
	}
}

func loadOrStoreBalanced(m table, s *share, i int) {
	for ; s.next(); i++ {
		if known := i % balanced; known < balanced/2 {
			if _, loaded := m.LoadOrStore(known, i); !loaded {
				panic("a known key was missing")
			}
		} else if _, loaded := m.LoadOrStore(i, i); loaded {
			panic("a new key was there")
		}
	}
}

func loadOrStoreUnique(m table, s *share, i int) {
	for ; s.next(); i++ {
		m.LoadOrStore(i, i)
	}
}

func loadOrStoreCollision(m table, s *share, _ int) {
	for s.next() {
		m.LoadOrStore(0, 0)
	}
}

func loadAndDeleteBalanced(m table, s *share, i int) {
	for ; s.next(); i++ {
		if known := i % balanced; known < balanced/2 {
			m.LoadAndDelete(known)
		} else {
			m.LoadAndDelete(i)
		}
	}
}

func loadAndDeleteUnique(m table, s *share, i int) {
	for ; s.next(); i++ {
		m.LoadAndDelete(i)
	}
}

func loadAndDeleteCollision(m table, s *share, _ int) {
	for s.next() {
		if _, loaded := m.LoadAndDelete(0); loaded {
			m.Store(0, 0)
		}
	}
}

func visitAll(m table, s *share, _ int) {
	for s.next() {
		m.Range(func(_, _ any) bool { return true })
	}
}

// adversarialAlloc stores a new key whenever the map was promoted, and otherwise loads
// absent keys, so that the loads take the mutex.
func adversarialAlloc(m table, s *share, i int) {
	stores, loadsSinceStore := 0, 0
	for ; s.next(); i++ {
		m.Load(i)
		loadsSinceStore++
		if loadsSinceStore > stores {
			m.LoadOrStore(i, stores)
			loadsSinceStore = 0
			stores++
		}
	}
}

// adversarialDelete loads absent keys, and now and then deletes one key and stores
// another. Each such store copies the whole map.
func adversarialDelete(m table, s *share, i int) {
	for ; s.next(); i++ {
		m.Load(i)
		if i%size == 0 {
			m.Range(func(key, _ any) bool {
				m.Delete(key)
				return false
			})
			m.Store(i, i)
		}
	}
}

func deleteCollision(m table, s *share, _ int) {
	for s.next() {
		m.Delete(0)
	}
}

func swapCollision(m table, s *share, _ int) {
	for s.next() {
		m.Swap(0, 0)
	}
}

func swap(hits int) func(table, *share, int) {
	return func(m table, s *share, i int) {
		for ; s.next(); i++ {
			if known := i % size; known < hits {
				m.Swap(known, known)
			} else {
				m.Swap(i, i)
				m.Delete(i)
			}
		}
	}
}

func compareAndSwapCollision(m table, s *share, _ int) {
	for s.next() {
		if m.CompareAndSwap(0, 0, 42) {
			m.CompareAndSwap(0, 42, 0)
		}
	}
}

func compareAndSwapNoExistingKey(m table, s *share, i int) {
	for ; s.next(); i++ {
		if m.CompareAndSwap(i, 0, 0) {
			m.Delete(i)
		}
	}
}

func compareAndSwapValueNotEqual(m table, s *share, _ int) {
	for s.next() {
		m.CompareAndSwap(0, 1, 2)
	}
}

func compareAndSwap(hits int) func(table, *share, int) {
	return func(m table, s *share, i int) {
		for ; s.next(); i++ {
			key := knownOrNew(i, hits)
			m.CompareAndSwap(key, key, key)
		}
	}
}

func compareAndDeleteCollision(m table, s *share, _ int) {
	for s.next() {
		if m.CompareAndDelete(0, 0) {
			m.Store(0, 0)
		}
	}
}

func compareAndDelete(hits int) func(table, *share, int) {
	return func(m table, s *share, i int) {
		for ; s.next(); i++ {
			key := knownOrNew(i, hits)
			if m.CompareAndDelete(key, key) {
				m.Store(key, key)
			}
		}
	}
}

func clearAndStore(m table, s *share, i int) {
	for ; s.next(); i++ {
		m.Clear()
		m.Store(i%256, i%256)
	}
}
