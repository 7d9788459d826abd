//! The example of the README compiles and runs: each of its lines is a line of this file.

use sessions::{Ended, Lifetime, Sessions, expire};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, Default, PartialEq)]
struct Cart(u32);

#[tokio::test]
async fn the_example_of_the_readme_runs() -> Result<(), Box<dyn Error>> {
    let hour = crate::store::HOUR;
    let ends = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&ends);
    let audit = move |_: Ended<Cart>| {
        counted.fetch_add(1, Ordering::Relaxed);
    };
    let sessions = Sessions::new(Lifetime::absolute(hour), 100_000).on_end(audit);
    let sessions = Arc::new(sessions);
    tokio::spawn(expire(Arc::downgrade(&sessions)));
    let session = sessions.begin("ann", Cart::default())?;
    let id = session.id();
    let session = sessions.get(&id).ok_or("not logged in")?;
    assert_eq!(session.data, Cart(0));
    sessions.begin("ann", Cart(1))?;
    sessions.end(&id);
    sessions.revoke_all("ann");
    assert_eq!((sessions.len(), ends.load(Ordering::Relaxed)), (0, 2));
    Ok(())
}

#[test]
fn the_example_of_the_readme_is_this_code() {
    let readme = include_str!("../../README.md");
    let (_, example) = readme.split_once("```rust\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let code: Vec<&str> = include_str!("readme.rs").lines().map(str::trim).collect();
    let lines = example.lines().filter(|line| !line.is_empty());
    assert_eq!(lines.clone().count(), 7);
    for line in lines {
        let line = line.split(" //").next().unwrap().trim();
        assert!(code.contains(&line), "{line}");
    }
}
