//! The random numbers, and the popularity of keys.

use crate::random::Random;
use crate::zipf::Zipf;

const DRAWS: usize = 1_000_000;

/// How often each rank is drawn.
fn shares(ranks: usize) -> Vec<f64> {
    let (zipf, mut random) = (Zipf::new(ranks), Random::new(7, 0));
    let mut drawn = vec![0.0; ranks];
    for _ in 0..DRAWS {
        drawn[zipf.draw(&mut random)] += 1.0 / DRAWS as f64;
    }
    drawn
}

/// Off by less than six standard deviations.
fn assert_close(share: f64, expected: f64) {
    let deviation = (expected * (1.0 - expected) / DRAWS as f64).sqrt();
    assert!(
        (share - expected).abs() < 6.0 * deviation,
        "{share}, not {expected}"
    );
}

#[test]
fn the_nth_rank_is_drawn_a_nth_as_often_as_the_first() {
    for ranks in [2, 3, 10, 1_529] {
        let total: f64 = (1..=ranks).map(|nth| 1.0 / nth as f64).sum();
        for (nth, share) in (1..).zip(shares(ranks)) {
            assert_close(share, 1.0 / (total * nth as f64));
        }
    }
}

#[test]
fn of_one_rank_that_one_is_drawn() {
    let mut random = Random::new(7, 0);
    assert!((0..1_000).all(|_| Zipf::new(1).draw(&mut random) == 0));
}

#[test]
fn a_percentage_comes_true_so_many_times_out_of_a_hundred() {
    for percent in [0.0, 0.5, 50.0, 100.0] {
        let mut random = Random::new(7, 0);
        let came = (0..DRAWS).filter(|_| random.percent(percent)).count();
        let expected = percent / 100.0;
        match expected {
            0.0 | 1.0 => assert_eq!(came as f64, expected * DRAWS as f64),
            _ => assert_close(came as f64 / DRAWS as f64, expected),
        }
    }
}

#[test]
fn a_shuffle_keeps_everything_and_leaves_anything_anywhere() {
    let mut random = Random::new(7, 0);
    let mut first_at = [0.0; 4];
    for _ in 0..DRAWS {
        let mut items = [0, 1, 2, 3];
        random.shuffle(&mut items);
        let first = items.iter().position(|&item| item == 0);
        first_at[first.expect("it is still there")] += 1.0 / DRAWS as f64;
        assert_eq!(items.iter().sum::<i32>(), 6);
    }
    for share in first_at {
        assert_close(share, 0.25);
    }
}

#[test]
fn a_seed_and_a_stream_make_the_same_numbers_again_and_others_do_not() {
    let numbers = |seed, stream| {
        let mut random = Random::new(seed, stream);
        [random.next(), random.next(), random.next()]
    };
    assert_eq!(numbers(1, 1), numbers(1, 1));
    assert_ne!(numbers(1, 1), numbers(1, 2));
    assert_ne!(numbers(1, 1), numbers(2, 1));
    assert_ne!(numbers(1, 2), numbers(2, 1));
}
