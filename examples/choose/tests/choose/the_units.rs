use crate::lines::wrapped_to;
use crate::units::{at_the_point, count, duration, per_second, three_digits};

#[test]
fn a_duration_has_three_digits_and_the_unit_that_suits_it() {
    assert_eq!(duration(0.0), "0 ns");
    assert_eq!(duration(48.0), "48 ns");
    assert_eq!(duration(999.4), "999 ns");
    // Rounded up to the next unit.
    assert_eq!(duration(999.6), "1.00 µs");
    assert_eq!(duration(1_857.0), "1.86 µs");
    assert_eq!(duration(10_600_000.0), "10.6 ms");
    assert_eq!(duration(999_999.0), "1.00 ms");
    assert_eq!(duration(1.2e9), "1.20  s");
    assert_eq!(duration(61.0e9), "61.0  s");
}

#[test]
fn a_figure_has_three_digits_down_to_the_thousandths() {
    assert_eq!(three_digits(0.0), "0.000");
    assert_eq!(three_digits(0.358_1), "0.358");
    assert_eq!(three_digits(0.035_81), "0.036");
    assert_eq!(three_digits(0.999_9), "1.00");
    assert_eq!(three_digits(48.25), "48.2");
    assert_eq!(three_digits(110.8), "111");
    assert_eq!(three_digits(3_581.0), "3,580");
}

#[test]
fn a_million_a_second_has_the_unit_of_a_million() {
    assert_eq!(per_second(999_000.0), (1e3, "thousand"));
    assert_eq!(per_second(1_000_000.0), (1e6, "million"));
}

#[test]
fn a_count_has_a_comma_at_each_thousand() {
    assert_eq!(count(999), "999");
    assert_eq!(count(1_000), "1,000");
    assert_eq!(count(50_000_000), "50,000,000");
}

#[test]
fn points_stand_below_each_other_when_figures_end_below_each_other() {
    let shown = |figure: &str| Some(String::from(figure));
    let aligned = at_the_point(vec![shown("48.2"), None, shown("0.358"), shown("111")]);
    assert_eq!(
        aligned,
        [shown("48.2  "), None, shown("0.358"), shown("111    ")]
    );
    // What has a unit ends with it.
    let units = vec![shown("48 ns"), shown("1.86 µs")];
    assert_eq!(at_the_point(units.clone()), units);
}

#[test]
fn a_line_is_broken_between_words_and_not_before_a_unit() {
    assert_eq!(
        wrapped_to(12, "look-ups by --new-keys"),
        ["look-ups by", "--new-keys"]
    );
    assert_eq!(
        wrapped_to(12, "about 95,000 % of it"),
        ["about", "95,000 % of", "it"]
    );
    assert_eq!(
        wrapped_to(12, "12 threads: 1 µs."),
        ["12 threads:", "1 µs."]
    );
    assert_eq!(wrapped_to(12, "  one two three"), ["  one two", "  three"]);
    assert_eq!(wrapped_to(12, "a\n\nb"), ["a", "", "b"]);
    // A path can be copied.
    assert_eq!(
        wrapped_to(12, "in /a/rather/long/path:"),
        ["in", "/a/rather/long/path:"]
    );
}
