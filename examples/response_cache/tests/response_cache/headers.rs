//! What the headers of a response allow.

use crate::service::{LIFESPAN, seconds};
use http::StatusCode;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use response_cache::Verdict::{self, Bypass, Keep, Share};
use response_cache::{Lifespan, verdict};

fn of(status: StatusCode, headers: &[(&'static str, &'static str)]) -> Verdict {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .collect();
    verdict(status, &headers, LIFESPAN)
}

fn ok(control: &'static str) -> Verdict {
    of(StatusCode::OK, &[("cache-control", control)])
}

fn keep(fresh: u64, while_revalidate: u64, if_error: u64) -> Verdict {
    Keep(Lifespan {
        fresh: seconds(fresh),
        while_revalidate: seconds(while_revalidate),
        if_error: seconds(if_error),
    })
}

#[test]
fn an_answer_that_says_nothing_gets_the_default() {
    assert_eq!(of(StatusCode::OK, &[]), Keep(LIFESPAN));
    assert_eq!(ok("public"), Keep(LIFESPAN));
    assert_eq!(ok(""), Keep(LIFESPAN));
}

#[test]
fn an_answer_for_one_client_is_neither_kept_nor_shared() {
    for control in [
        "no-store",
        "private",
        "Private, max-age=60",
        "max-age=60, NO-STORE",
        "private=\"x-a, x-b\", max-age=60",
    ] {
        assert_eq!(ok(control), Bypass, "{control}");
    }
    assert_eq!(of(StatusCode::OK, &[("set-cookie", "a=b")]), Bypass);
    assert_eq!(of(StatusCode::NOT_FOUND, &[("set-cookie", "a=b")]), Bypass);
    let two_lines = [
        ("cache-control", "max-age=60"),
        ("cache-control", "private"),
    ];
    assert_eq!(of(StatusCode::OK, &two_lines), Bypass);
}

#[test]
fn a_directive_behind_a_quote_is_minded() {
    // A quote after a backslash ends nothing, and begins nothing.
    assert_eq!(ok(r#"x="\"", no-store"#), Bypass);
    assert_eq!(ok(r#"x="\\", private, y="z""#), Bypass);
    assert_eq!(ok(r#"x="\", no-store", max-age=60"#), keep(60, 20, 60));
    // A quote that does not end: nobody knows what comes after it.
    assert_eq!(ok(r#"x=", private, max-age=60"#), Bypass);
    assert_eq!(ok(r#"max-age=60, x="y\""#), Bypass);
}

#[test]
fn a_header_that_is_not_ascii_is_for_one_client() {
    for name in ["cache-control", "vary"] {
        let value = HeaderValue::from_bytes(b"max-age=60, \xe9").unwrap();
        let headers = HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
        assert_eq!(
            verdict(StatusCode::OK, &headers, LIFESPAN),
            Bypass,
            "{name}"
        );
    }
}

#[test]
fn an_answer_that_varies_is_neither_kept_nor_shared() {
    for vary in ["*", "cookie", "Accept-Language", "accept-encoding, origin"] {
        assert_eq!(of(StatusCode::OK, &[("vary", vary)]), Bypass, "{vary}");
    }
    assert_eq!(
        of(StatusCode::OK, &[("vary", "Accept-Encoding")]),
        Keep(LIFESPAN)
    );
    let two_lines = [("vary", "accept-encoding"), ("vary", "cookie")];
    assert_eq!(of(StatusCode::OK, &two_lines), Bypass);
}

#[test]
fn times_come_from_the_directives() {
    assert_eq!(ok("max-age=60"), keep(60, 20, 60));
    assert_eq!(ok("MAX-AGE=\"60\""), keep(60, 20, 60));
    assert_eq!(
        ok("max-age=60, stale-while-revalidate=5, stale-if-error=7"),
        keep(60, 5, 7)
    );
    assert_eq!(ok("max-age=60,max-age=30"), keep(30, 20, 60));
    assert_eq!(ok("max-age=99999999999999"), keep(1 << 31, 20, 60));
    // A comma between quotes is no end: there is no second directive here.
    assert_eq!(ok("x=\"y, no-store, z\", max-age=60"), keep(60, 20, 60));
}

#[test]
fn an_answer_that_must_not_be_stale_is_not() {
    assert_eq!(
        ok("max-age=60, must-revalidate, stale-if-error=9"),
        keep(60, 0, 0)
    );
    assert_eq!(ok("max-age=60, proxy-revalidate"), keep(60, 0, 0));
    assert_eq!(ok("max-age=9, s-maxage=60"), keep(60, 0, 0));
    assert_eq!(ok("s-maxage=60, stale-while-revalidate=5"), keep(60, 5, 0));
}

#[test]
fn what_is_not_clear_is_not_kept() {
    for control in [
        "no-cache",
        "no-cache, max-age=60",
        "max-age=0",
        "max-age=-1",
        "max-age=+5",
        "max-age=soon",
        "max-age",
        "max-age=1.5",
        "max-age=60, max-age=oops",
    ] {
        assert_eq!(ok(control), Share, "{control}");
    }
    assert_eq!(of(StatusCode::OK, &[("expires", "0")]), Share);
    let both = [("expires", "0"), ("cache-control", "max-age=60")];
    assert_eq!(of(StatusCode::OK, &both), keep(60, 20, 60));
    let long = [("cache-control", "max-age=60")];
    for status in [201, 204, 206, 301, 404, 500, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(of(status, &long), Share, "{status}");
    }
}
