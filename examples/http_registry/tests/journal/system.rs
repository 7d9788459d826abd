//! The disk of the operating system does what the journal asks of it.

use crate::support::{Place, put};
use http_registry::journal::disk::{Disk, DiskFile, System};
use std::fs;
use std::io::{Read, Write};

#[test]
fn a_file_that_is_created_again_is_empty_and_writes_go_to_its_end() {
    let place = Place::new();
    let path = place.path();
    fs::write(&path, "what was there before").expect("written");
    let mut file = System.create(&path).expect("created");
    file.write_all(b"one").expect("written");
    let mut again = System.open(&path).expect("opened").expect("it is there");
    let mut read = String::new();
    again.read_to_string(&mut read).expect("read");
    assert_eq!(read, "one");
    file.write_all(b" two").expect("written");
    again.write_all(b" three").expect("written");
    assert_eq!(fs::read(&path).expect("read"), b"one two three");
    file.cut(3).expect("cut");
    file.write_all(b" four").expect("written");
    assert_eq!(fs::read(&path).expect("read"), b"one four");
}

#[test]
fn a_missing_file_is_no_error_and_a_missing_folder_is_one() {
    let place = Place::new();
    let missing = place.path();
    assert!(System.open(&missing).expect("no error").is_none());
    assert!(!System.exists(&missing).expect("no error"));
    System.create_folder(&missing).expect("created");
    System.create_folder(&missing).expect("it is there already");
    assert!(System.exists(&missing).expect("no error"));
    System
        .create_folder(&missing.join("and/deeper"))
        .expect_err("no folder above");
}

/// Says whether the calls get to the system at all: what they do cannot be seen.
#[cfg(target_os = "linux")]
#[test]
fn the_syncs_are_the_systems() {
    let mut device = fs::File::open("/dev/null").expect("the device");
    device
        .sync()
        .expect_err("a device without contents cannot be synced");
    System
        .sync_folder(&Place::new().path())
        .expect_err("there is no such folder");
}

#[test]
fn a_torn_record_is_cut_off_the_real_file() {
    let place = Place::new();
    let (mut journal, _) = place.open();
    journal.append(&put(1, "a", "1")).expect("appended");
    let whole = journal.bytes();
    journal.append(&put(2, "b", "2")).expect("appended");
    drop(journal);
    let file = fs::OpenOptions::new()
        .write(true)
        .open(place.path())
        .expect("the file");
    file.set_len(whole + 20).expect("cut");
    let (mut journal, recovered) = place.open();
    let torn = recovered.torn.expect("it says so");
    assert_eq!((torn.offset, torn.bytes), (whole, 20));
    assert_eq!(fs::metadata(place.path()).expect("the file").len(), whole);
    journal.append(&put(2, "c", "3")).expect("appended");
    drop(journal);
    assert_eq!(place.open().1.changes, [put(1, "a", "1"), put(2, "c", "3")]);
}
