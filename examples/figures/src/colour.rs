//! The colours. All but the panel's are of the palette of Okabe and Ito, which people with
//! any of the common kinds of colour blindness can tell apart.

/// What every figure is drawn on. A figure has its own ground, so it looks the same on a
/// light and on a dark page.
pub(crate) const PANEL: &str = "#FBFAF5";
/// Text, and every line that has no meaning of its own.
pub(crate) const INK: &str = "#000000";
/// A step without a lock.
pub(crate) const GREEN: &str = "#009E73";
/// A step under the mutex, and what must not be.
pub(crate) const VERMILLION: &str = "#D55E00";
/// Ownership, and what one thread tells another.
pub(crate) const BLUE: &str = "#0072B2";
/// A value. For text on it: ink.
pub(crate) const SKY: &str = "#56B4E9";
/// Thread 1.
pub(crate) const YELLOW: &str = "#F0E442";
/// Thread 2.
pub(crate) const PURPLE: &str = "#CC79A7";
/// What waits: a store in its buffer, garbage.
pub(crate) const ORANGE: &str = "#E69F00";

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of two colours, from 1 to 21, as the Web Content Accessibility Guidelines
    /// define it.
    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn luminance(colour: &str) -> f64 {
        let part = |from: usize| {
            let byte = u8::from_str_radix(&colour[from..from + 2], 16).unwrap();
            let share = f64::from(byte) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    #[test]
    fn the_contrast_of_known_pairs() {
        assert!((contrast("#000000", "#FFFFFF") - 21.0).abs() < 0.001);
        assert!((contrast("#777777", "#FFFFFF") - 4.478).abs() < 0.001);
        assert!((contrast("#56B4E9", "#56B4E9") - 1.0).abs() < 0.001);
    }

    #[test]
    fn text_can_be_read_on_every_fill() {
        for fill in [PANEL, SKY, YELLOW, PURPLE, ORANGE] {
            assert!(contrast(INK, fill) >= 4.5, "{fill}");
        }
    }

    #[test]
    fn lines_can_be_seen_on_the_panel() {
        for line in [INK, GREEN, VERMILLION, BLUE] {
            assert!(contrast(line, PANEL) >= 3.0, "{line}");
        }
    }
}
