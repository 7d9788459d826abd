package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// measured is one line of the output.
type measured struct {
	Workload   string  `json:"workload"`
	Iterations int     `json:"iterations"`
	Ns         float64 `json:"ns_per_iteration"`
}

func measurement(w workload, iterations int, took time.Duration) measured {
	return measured{w.name, iterations, float64(took.Nanoseconds()) / float64(iterations)}
}

const mostIterations = 1_000_000_000

// calibrated runs the workload with more and more iterations, until two runs in a row
// take at least as long as the target. One run is not enough, because another program
// may have delayed it. The shorter run counts.
func calibrated(w workload, target time.Duration, threads int) measured {
	iterations, grain := 1, grainAfter(0, 0)
	for {
		took := once(w, iterations, grain, threads)
		if took >= target {
			took = min(took, once(w, iterations, grain, threads))
		}
		if took >= target || iterations == mostIterations {
			return measurement(w, iterations, took)
		}
		grain = grainAfter(iterations, took)
		iterations = more(iterations, took, target)
	}
}

// more aims 20 % above the target. It grows at most a hundredfold, because a short run
// is a poor estimate.
func more(iterations int, took, target time.Duration) int {
	aim := float64(iterations) * float64(target) / float64(max(took, 1)) * 1.2
	return int(min(max(aim, float64(iterations)+1), 100*float64(iterations), mostIterations))
}

// grainAfter is how many iterations take 100 µs, estimated from the last run.
func grainAfter(iterations int, took time.Duration) int {
	if took <= 0 {
		return 1
	}
	return min(max(int(100_000*float64(iterations)/float64(took)), 1), 10_000)
}

// once returns the time from the first start to the last end.
func once(w workload, iterations, grain, threads int) time.Duration {
	runtime.GC() // so that this run does not pay for the garbage of the last one
	var m table = new(sync.Map)
	w.setUp(m)
	budget := &budget{iterations: int64(iterations), grain: int64(grain)}
	starts, ends := make([]time.Time, threads), make([]time.Time, threads)
	var ready, done sync.WaitGroup
	ready.Add(threads)
	done.Add(threads)
	for g := range threads {
		go func() {
			defer done.Done()
			ready.Done()
			ready.Wait()
			starts[g] = time.Now()
			w.work(m, &share{budget: budget}, g*iterations)
			ends[g] = time.Now()
		}()
	}
	done.Wait()
	return wall(starts, ends)
}

func wall(starts, ends []time.Time) time.Duration {
	start, end := starts[0], ends[0]
	for g := range starts {
		if starts[g].Before(start) {
			start = starts[g]
		}
		if ends[g].After(end) {
			end = ends[g]
		}
	}
	return end.Sub(start)
}

// budget is what is left of the iterations of one run.
type budget struct {
	taken             atomic.Int64
	iterations, grain int64
}

func (b *budget) take() int64 {
	after := b.taken.Add(b.grain)
	return max(min(b.grain, b.iterations-(after-b.grain)), 0)
}

// share is one goroutine's way of spending the budget.
type share struct {
	budget *budget
	left   int64
}

// next tells whether there is another iteration to do.
func (s *share) next() bool {
	if s.left == 0 {
		if s.left = s.budget.take(); s.left == 0 {
			return false
		}
	}
	s.left--
	return true
}
