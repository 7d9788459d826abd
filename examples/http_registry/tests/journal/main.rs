//! The journal, tested through its files and through disks that fail.

mod simulated;
mod support;

mod compaction;
mod crashes;
mod damage;
mod histories;
mod reopening;
mod system;
