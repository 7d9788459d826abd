//! The journal, tested through its files and through file systems that fail.

mod support;

mod reopening;
