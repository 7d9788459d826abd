//go:build !interface

package main

import "sync"

// table is the map as programs call it: directly.
type table = *sync.Map
