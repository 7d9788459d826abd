// Command workloads runs the 24 workloads of benches/workloads on Go's own
// sync.Map, and its rebuild after a promotion. One JSON object a line.
// README.md describes both.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

type options struct {
	workload   string
	threads    int
	ms         int
	iterations int
	list       bool
	rebuild    bool
	keys       int
	deleted    float64
	samples    int
}

func main() {
	var o options
	flag.StringVar(&o.workload, "workload", "", "run `NAME` alone; else all")
	flag.IntVar(&o.threads, "threads", 2, "goroutines, and cores for them")
	flag.IntVar(&o.ms, "ms", 100, "milliseconds that a measured run takes at least")
	flag.IntVar(&o.iterations, "iterations", 0, "run exactly `N` iterations instead")
	flag.BoolVar(&o.list, "list", false, "print the names of the workloads")
	flag.BoolVar(&o.rebuild, "rebuild", false, "time the first new key after a promotion")
	flag.IntVar(&o.keys, "keys", 50000, "rebuild: keys in the map")
	flag.Float64Var(&o.deleted, "deleted", 0, "rebuild: percent of them deleted")
	flag.IntVar(&o.samples, "samples", 15, "rebuild: fresh maps")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(o options) error {
	if flag.NArg() > 0 || o.threads < 1 || o.ms < 0 || o.keys < 1 || o.samples < 1 || o.deleted < 0 || o.deleted > 100 {
		return fmt.Errorf("bad command line; see -help")
	}
	runtime.GOMAXPROCS(o.threads)
	out := json.NewEncoder(os.Stdout)
	switch {
	case o.list:
		for _, w := range workloads {
			fmt.Println(w.name)
		}
		return nil
	case o.rebuild:
		return out.Encode(rebuild(o.keys, o.deleted, o.samples))
	}
	chosen := chosen(o.workload)
	if len(chosen) == 0 {
		return fmt.Errorf("no workload is named %q; see -list", o.workload)
	}
	for _, w := range chosen {
		if err := out.Encode(measure(w, o)); err != nil {
			return err
		}
	}
	return nil
}

func chosen(name string) []workload {
	if name == "" {
		return workloads
	}
	for _, w := range workloads {
		if w.name == name {
			return []workload{w}
		}
	}
	return nil
}

func measure(w workload, o options) measured {
	if o.iterations > 0 {
		took := once(w, o.iterations, grainAfter(0, 0), o.threads)
		return measurement(w, o.iterations, took)
	}
	return calibrated(w, time.Duration(o.ms)*time.Millisecond, o.threads)
}
