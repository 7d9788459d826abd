//go:build interface

package main

// table is the map as Go's own benchmarks call it: through an interface, so that
// every key and value is allocated.
type table = interface {
	Load(key any) (value any, ok bool)
	Store(key, value any)
	LoadOrStore(key, value any) (actual any, loaded bool)
	LoadAndDelete(key any) (value any, loaded bool)
	Delete(key any)
	Swap(key, value any) (previous any, loaded bool)
	CompareAndSwap(key, old, new any) (swapped bool)
	CompareAndDelete(key, old any) (deleted bool)
	Range(visit func(key, value any) bool)
	Clear()
}
