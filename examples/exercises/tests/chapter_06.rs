//! All orders of the calls of a history, by brute force.

use exercises::chapter_06::{first_history, second_history};
use std::collections::BTreeMap;

/// What a call did and what it returned.
enum Did {
    Insert(char, u32, Option<u32>),
    Get(char, Option<u32>),
    Clear,
}

/// A call: its name, its begin and its end, and what it did.
type Call = (char, u32, u32, Did);

/// Whether the calls explain each other in this order: no call comes before one that had ended
/// when it began, and a map that runs one call after the other returns the same.
fn explains(history: &[Call], order: &str) -> bool {
    let call = |name| history.iter().find(|call| call.0 == name);
    let calls: Vec<_> = order.chars().filter_map(call).collect();
    let in_time = (calls.iter().enumerate())
        .all(|(n, one)| calls[n + 1..].iter().all(|later| later.2 > one.1));
    let mut map = BTreeMap::new();
    let mut returns = |did: &Did| match *did {
        Did::Insert(key, value, returned) => map.insert(key, value) == returned,
        Did::Get(key, returned) => map.get(&key).copied() == returned,
        Did::Clear => {
            map.clear();
            true
        }
    };
    in_time && calls.iter().all(|call| returns(&call.3))
}

/// All orders of these names.
fn orders(names: &[char]) -> Vec<String> {
    let Some((first, rest)) = names.split_first() else {
        return vec![String::new()];
    };
    let with_first = |order: String| {
        let at = |n: usize| format!("{}{first}{}", &order[..n], &order[n..]);
        (0..names.len()).map(at).collect::<Vec<_>>()
    };
    orders(rest).into_iter().flat_map(with_first).collect()
}

/// Compares an answer with all orders that there are.
fn check(history: &[Call], yours: Option<&str>) {
    let names: Vec<_> = history.iter().map(|call| call.0).collect();
    let all: Vec<_> = (orders(&names).into_iter())
        .filter(|order| explains(history, order))
        .collect();
    match yours {
        None => assert!(all.is_empty(), "there is an order"),
        Some(order) => assert!(all.iter().any(|it| it == order), "{order} explains nothing"),
    }
}

#[test]
fn the_first_history_has_your_order() {
    let history = [
        ('A', 0, 3, Did::Insert('x', 1, None)),
        ('B', 19, 40, Did::Clear),
        ('C', 22, 25, Did::Get('x', Some(1))),
        ('E', 32, 46, Did::Insert('y', 2, None)),
        ('F', 38, 44, Did::Get('y', Some(2))),
        ('G', 54, 57, Did::Get('y', Some(2))),
    ];
    check(&history, first_history());
}

#[test]
fn the_second_history_has_your_order_or_none() {
    let history = [
        ('A', 0, 14, Did::Insert('x', 1, None)),
        ('B', 22, 30, Did::Get('y', None)),
        ('C', 0, 14, Did::Insert('y', 1, None)),
        ('D', 22, 30, Did::Get('x', None)),
    ];
    check(&history, second_history());
}
