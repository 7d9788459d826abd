//! [`verdict`]: what the headers of a response allow.

use http::header::{AGE, CACHE_CONTROL, EXPIRES, SET_COOKIE, VARY};
use http::{HeaderMap, StatusCode};
use std::time::Duration;

/// How long an answer is served. Each time begins where the one before ends, or where `fresh`
/// ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lifespan {
    /// The time to live: the answer is served as it is.
    pub fresh: Duration,
    /// After `fresh`: the answer is served, and one call refreshes it.
    pub while_revalidate: Duration,
    /// After `fresh`: the answer is served if the upstream service fails.
    pub if_error: Duration,
}

/// What may be done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is for everybody, and may be kept.
    Keep(Lifespan),
    /// It is for everybody who has asked by now, and may not be kept.
    Share,
    /// It is for one client. Each request must ask by itself.
    Bypass,
}

/// Decides by the status and the headers. `default` is for an answer that says nothing about
/// its lifetime.
///
/// What is not clear is not kept: `Expires` without `max-age`, a `max-age` that is no number,
/// any `Vary` but that on `Accept-Encoding`, and any status but 200.
pub fn verdict(status: StatusCode, headers: &HeaderMap, default: Lifespan) -> Verdict {
    let control = Control::of(headers);
    if control.private || headers.contains_key(SET_COOKIE) || varies(headers) {
        return Verdict::Bypass;
    }
    let lifespan = control.lifespan(headers.contains_key(EXPIRES), default);
    if status != StatusCode::OK || lifespan.fresh.is_zero() {
        return Verdict::Share;
    }
    Verdict::Keep(lifespan)
}

/// How old the answer was when it arrived, by its `Age`.
pub(crate) fn age(headers: &HeaderMap) -> Duration {
    let age = headers.get(AGE).and_then(|age| age.to_str().ok());
    age.map_or(Duration::ZERO, |age| seconds(Some(age)))
}

/// The upstream service is always asked for no encoding, so that header changes nothing.
fn varies(headers: &HeaderMap) -> bool {
    headers.get_all(VARY).iter().any(|value| {
        let Ok(value) = value.to_str() else {
            return true;
        };
        let mut names = value.split(',').map(str::trim);
        names.any(|name| !name.is_empty() && !name.eq_ignore_ascii_case("accept-encoding"))
    })
}

/// The directives of `Cache-Control` that a shared cache minds.
#[derive(Default)]
struct Control {
    private: bool,
    no_cache: bool,
    must_revalidate: bool,
    max_age: Option<Duration>,
    shared_max_age: Option<Duration>,
    while_revalidate: Option<Duration>,
    if_error: Option<Duration>,
}

impl Control {
    fn of(headers: &HeaderMap) -> Self {
        let mut control = Self::default();
        for line in headers.get_all(CACHE_CONTROL) {
            match line.to_str() {
                Ok(line) if Quotes::all_end(line) => {
                    directives(line).for_each(|(name, value)| control.mind(&name, value));
                }
                // Not ASCII, or a quote without an end: nobody knows what it asks for.
                _ => control.private = true,
            }
        }
        control
    }

    fn mind(&mut self, name: &str, value: Option<&str>) {
        let shortest = |time: &mut Option<Duration>| {
            let new = seconds(value);
            *time = Some(time.map_or(new, |old| old.min(new)));
        };
        match name {
            "no-store" | "private" => self.private = true,
            "no-cache" => self.no_cache = true,
            "must-revalidate" | "proxy-revalidate" => self.must_revalidate = true,
            "max-age" => shortest(&mut self.max_age),
            "s-maxage" => shortest(&mut self.shared_max_age),
            "stale-while-revalidate" => shortest(&mut self.while_revalidate),
            "stale-if-error" => shortest(&mut self.if_error),
            _ => {}
        }
    }

    fn lifespan(&self, expires: bool, default: Lifespan) -> Lifespan {
        let default_fresh = match expires {
            true => Duration::ZERO,
            false => default.fresh,
        };
        let own = self.shared_max_age.or(self.max_age);
        let fresh = match self.no_cache {
            true => Duration::ZERO,
            false => own.unwrap_or(default_fresh),
        };
        // `s-maxage` asks to revalidate, unless the answer itself says how long it may be stale.
        let strict = self.must_revalidate || self.shared_max_age.is_some();
        let stale = |own: Option<Duration>, default: Duration| match (own, strict) {
            (Some(own), _) if !self.must_revalidate => own,
            (_, true) => Duration::ZERO,
            (_, false) => default,
        };
        Lifespan {
            fresh,
            while_revalidate: stale(self.while_revalidate, default.while_revalidate),
            if_error: stale(self.if_error, default.if_error),
        }
    }
}

/// Zero, which keeps nothing, if the value is no number of seconds.
fn seconds(value: Option<&str>) -> Duration {
    let digits = value.map_or("", str::trim);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Duration::ZERO;
    }
    // RFC 9111: a number that is too large counts as 2^31.
    let seconds = digits.parse::<u32>().unwrap_or(u32::MAX).min(1 << 31);
    Duration::from_secs(seconds.into())
}

/// The directives of a line: names in lower case, values without their quotes. A comma between
/// quotes separates nothing.
fn directives(line: &str) -> impl Iterator<Item = (String, Option<&str>)> {
    let mut quotes = Quotes::default();
    let parts = line.split(move |character| quotes.outside(character) && character == ',');
    parts.map(|part| {
        let (name, value) = match part.split_once('=') {
            Some((name, value)) => (name, Some(value.trim().trim_matches('"'))),
            None => (part, None),
        };
        (name.trim().to_ascii_lowercase(), value)
    })
}

/// Where a reader of a line is: between quotes, and there behind a backslash, which takes its
/// meaning from the next character.
#[derive(Default)]
struct Quotes {
    open: bool,
    escaped: bool,
}

impl Quotes {
    /// Reads one character, and says whether the reader is outside of quotes now.
    fn outside(&mut self, character: char) -> bool {
        let escaped = std::mem::take(&mut self.escaped);
        match character {
            '"' if !escaped => self.open = !self.open,
            '\\' if !escaped => self.escaped = self.open,
            _ => {}
        }
        !self.open
    }

    fn all_end(line: &str) -> bool {
        let mut quotes = Self::default();
        line.chars()
            .fold(true, |_, character| quotes.outside(character))
    }
}
