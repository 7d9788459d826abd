#![cfg(loom)]
fn main() {}
