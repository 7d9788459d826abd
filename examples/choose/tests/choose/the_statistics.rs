use crate::statistics::{bounds, median};

#[test]
fn the_bounds_are_those_of_the_sign_test() {
    let numbers = |count: u32| (1..=count).map(f64::from).collect::<Vec<_>>();
    // From tables: with 9 numbers the second and the eighth, with 15 the fourth and
    // the twelfth, with 25 the eighth and the eighteenth.
    assert_eq!(bounds(&numbers(5)), (1.0, 5.0));
    assert_eq!(bounds(&numbers(6)), (1.0, 6.0));
    assert_eq!(bounds(&numbers(8)), (1.0, 8.0));
    assert_eq!(bounds(&numbers(9)), (2.0, 8.0));
    assert_eq!(bounds(&numbers(15)), (4.0, 12.0));
    assert_eq!(bounds(&numbers(25)), (8.0, 18.0));
}

#[test]
fn a_median_is_in_the_middle() {
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
    assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
}
