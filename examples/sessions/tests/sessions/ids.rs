//! Session ids: random, and never shown whole.

use crate::store::HOUR;
use sessions::{InvalidId, Lifetime, SessionId, Sessions};
use std::collections::HashSet;

#[test]
fn ids_differ_in_all_of_their_bits() {
    let ids: HashSet<String> = (0..1_000).map(|_| SessionId::random().reveal()).collect();
    assert_eq!(ids.len(), 1_000);
    for digit in 0..32 {
        let seen: HashSet<u8> = ids.iter().map(|id| id.as_bytes()[digit]).collect();
        // The chance that one of 16 is missing from 1,000 draws is below 1e-26.
        assert_eq!(seen.len(), 16, "digit {digit}");
    }
}

#[test]
fn an_id_is_read_back_from_its_text() {
    let id = SessionId::random();
    assert_eq!(id.reveal().len(), 32);
    assert_eq!(id.reveal().parse(), Ok(id));
    assert_eq!(id.reveal().to_uppercase().parse(), Ok(id));
}

#[test]
fn a_text_that_is_no_id_is_refused() {
    let signed = format!("+{}", "1".repeat(31));
    let texts = [
        "",
        &"1".repeat(31),
        &"1".repeat(33),
        &signed,
        &"g".repeat(32),
        &"é".repeat(16),
    ];
    for text in texts {
        assert_eq!(text.parse::<SessionId>(), Err(InvalidId), "{text:?}");
    }
}

#[test]
fn no_debug_text_has_the_whole_id() {
    let sessions = Sessions::new(Lifetime::absolute(HOUR), 10);
    let session = sessions.begin("ann", "secret data").unwrap();
    let id = session.id().reveal();
    let mut texts = vec![
        format!("{:?}", session.id()),
        format!("{session:?}"),
        format!("{sessions:?}"),
        format!("{:?}", id[1..].parse::<SessionId>()),
    ];
    texts.push(format!("{:?}", sessions.end(&session.id())));
    for text in texts {
        // Any eight digits in a row are a quarter of the secret.
        let shown = (0..=24).any(|start| text.contains(&id[start..start + 8]));
        assert!(!shown, "{text}");
        assert!(!text.contains("secret data"), "{text}");
    }
    assert!(format!("{session:?}").contains(&id[..4]));
}
