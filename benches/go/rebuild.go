package main

import (
	"runtime"
	"sync"
	"time"
)

// rebuilt is one line of the output: the samples, in nanoseconds.
type rebuilt struct {
	Keys    int     `json:"keys"`
	Deleted float64 `json:"deleted_percent"`
	Samples []int64 `json:"ns"`
}

// rebuild times the first new key after a promotion, each time in a fresh map.
func rebuild(keys int, percent float64, samples int) rebuilt {
	result := rebuilt{Keys: keys, Deleted: percent}
	for range samples {
		m := promoted(keys, percent)
		runtime.GC() // so that no collection is under way
		start := time.Now()
		m.Store(keys, keys)
		result.Samples = append(result.Samples, time.Since(start).Nanoseconds())
	}
	return result
}

// promoted is a map with all keys in its read snapshot, some of them deleted.
func promoted(keys int, percent float64) *sync.Map {
	m := new(sync.Map)
	for i := range keys {
		m.Store(i, i)
	}
	m.Range(func(_, _ any) bool { return false })
	deleted := int(float64(keys) * percent / 100)
	for n := range deleted {
		m.Delete(n * (keys / deleted))
	}
	return m
}
