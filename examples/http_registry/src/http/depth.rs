//! [`Depth`]: how deeply a JSON value is nested.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// How many arrays and objects stand around the innermost value.
///
/// It is read from the text, and not from a `serde_json::Value`: that type gives a meaning of
/// its own to objects with a certain name in them, and so refuses some JSON. The parser bounds
/// the recursion.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth(pub(super) usize);

impl<'de> Deserialize<'de> for Depth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Deepest)
    }
}

struct Deepest;

impl<'de> Visitor<'de> for Deepest {
    type Value = Depth;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Depth, E> {
        Ok(Depth(0))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Depth, A::Error> {
        let mut deepest = 0;
        while let Some(Depth(item)) = items.next_element()? {
            deepest = deepest.max(item);
        }
        Ok(Depth(1 + deepest))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Depth, A::Error> {
        let mut deepest = 0;
        // `String` and not `IgnoredAny`, which does not look at escapes.
        while let Some((_, Depth(member))) = members.next_entry::<String, _>()? {
            deepest = deepest.max(member);
        }
        Ok(Depth(1 + deepest))
    }
}
