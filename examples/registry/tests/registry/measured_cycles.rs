//! How the driver's part of the measured time comes out of the times of cycles.

use crate::cycles::{Cycles, Share, WITH_MAP};
use std::time::Duration;

/// Cycles of which these are the nanoseconds with the map, and those that the driver
/// takes for as many steps.
fn share_of(times: impl Iterator<Item = (u64, u64)>) -> Option<Share> {
    let mut cycles = Cycles::default();
    for (with_map, driver) in times {
        let driver = Duration::from_nanos(driver) / WITH_MAP;
        cycles.record(Duration::from_nanos(with_map), driver);
    }
    cycles.share()
}

/// Steady times that vary a little.
fn steady(nth: u64) -> (u64, u64) {
    (20_000 + nth % 7 * 100, 8_000 + nth % 5 * 40)
}

fn assert_about(share: Option<Share>, expected: f64) {
    let share = share.expect("there are full blocks");
    let off = (share.driver - expected).abs();
    assert!(off < 0.01, "{share:?}, not {expected}");
    assert!(share.error < 0.01, "{share:?}");
}

#[test]
fn the_part_is_a_ratio_of_sums() {
    assert_about(share_of((0..6_400).map(steady)), 0.4);
    let both = |nth| [(10_000, 8_000), (30_000, 8_000)][nth as usize % 2];
    assert_about(share_of((0..6_400).map(both)), 0.4);
}

#[test]
fn the_cycles_of_two_readers_count_as_much_as_they_take() {
    let (mut all, mut other) = (Cycles::default(), Cycles::default());
    for nth in 0..6_400 {
        let record = |cycles: &mut Cycles, driver| {
            let with_map = Duration::from_nanos(20_000 + nth % 7);
            cycles.record(with_map, Duration::from_nanos(driver) / WITH_MAP);
        };
        record(&mut all, 8_000);
        record(&mut other, 12_000);
    }
    all.add(&other);
    assert_about(all.share(), 0.5);
}

/// Twelve times the whole time of the undisturbed cycles goes to interruptions, and
/// chance gives most of it to the driver.
#[test]
fn interruptions_are_not_the_drivers() {
    let interrupted = |nth| match (steady(nth), nth % 100) {
        ((with_map, driver), 3 | 50 | 80) => (with_map, driver + 10_000_000),
        ((with_map, driver), 7) => (with_map + 5_000_000, driver),
        (times, _) => times,
    };
    assert_about(share_of((0..64_000).map(interrupted)), 0.4);
}

/// Nothing interrupts the driver, so what interrupts the steps with the map is
/// the map.
#[test]
fn waiting_for_the_map_is_not_the_drivers() {
    let stalled = |nth| match (steady(nth), nth % 10) {
        ((with_map, driver), 7) => (with_map + 200_000, driver),
        (times, _) => times,
    };
    let share = share_of((0..64_000).map(stalled)).expect("there are full blocks");
    assert!((0.19..0.22).contains(&share.driver), "{share:?}");
}

/// 6,400 cycles that are off by 4,000 ns each: the standard error of their sum is
/// 80 times 4,000 ns, and the sum is 6,400 times 20,000 ns.
#[test]
fn the_error_is_twice_the_standard_error() {
    let both = |nth| [(10_000, 8_000), (30_000, 8_000)][nth as usize % 2];
    let share = share_of((0..6_400).map(both)).expect("there are full blocks");
    let expected = 2.0 * 80.0 * 4_000.0 / (6_400.0 * 20_000.0);
    assert!((share.error / expected - 1.0).abs() < 1e-6, "{share:?}");
}

#[test]
fn a_rate_without_the_driver_is_higher_by_its_part() {
    let share = Share {
        driver: 0.4,
        error: 0.001,
    };
    assert_eq!(share.net(6e6), Some(1e7));
    // While ten units of time go to the map, one goes to the driver: a fourth of 0.4.
    assert!((share.time_with_map() - 10.0 / 11.0).abs() < 1e-9);
}

#[test]
fn a_rate_that_is_too_uncertain_is_not_shown() {
    assert!(share_of((0..63).map(steady)).is_none());
    for (driver, error) in [(0.4, 0.2), (0.95, 0.04), (1.0, 0.0), (1.2, 0.001)] {
        assert_eq!(Share { driver, error }.net(6e6), None, "{driver} {error}");
    }
    let wild = |nth: u64| {
        (
            20_000 + nth * 7_919 % 31 * 1_500,
            500 + nth * 104_729 % 37 * 1_100,
        )
    };
    let share = share_of((0..64).map(wild)).expect("there is a full block");
    assert_eq!(share.net(6e6), None, "{share:?}");
}
