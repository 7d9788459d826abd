//! The page: how it is served, and what it does in a real browser.

#![forbid(unsafe_code)]

mod browser;
mod served;
