//! The codes of all errors: what a program can rely on.

use axum::http::StatusCode;
use web::Problem;

/// A kind of error that the API answers with.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The status of the answer.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// When it comes.
    pub when: &'static str,
}

impl Code {
    /// Returns a problem of this kind.
    pub(crate) fn says(self, detail: impl Into<String>) -> Problem {
        let status = StatusCode::from_u16(self.status).expect("the table has statuses of HTTP");
        Problem::new(status, self.code, detail)
    }
}

const fn code(status: u16, code: &'static str, when: &'static str) -> Code {
    Code { status, code, when }
}

macro_rules! codes {
    ($($name:ident = $status:literal, $code:literal, $when:literal;)*) => {
        $(#[doc = $when] pub(crate) const $name: Code = code($status, $code, $when);)*

        /// All errors that this program makes itself.
        pub const OWN: &[Code] = &[$($name),*];
    };
}

codes! {
    INVALID_NAME = 400, "invalid-name",
        "The name in the path breaks a rule for names.";
    INVALID_PRECONDITION = 400, "invalid-precondition",
        "`If-Match` or `If-None-Match` does not fit this request.";
    INVALID_EVENT_ID = 400, "invalid-event-id",
        "`Last-Event-ID` or `after` is no number, or newer than the newest event.";
    INVALID_QUERY = 400, "invalid-query",
        "A parameter after the `?` is unknown or out of range.";
    INVALID_JSON = 400, "invalid-json",
        "The value is not JSON, or is nested too deeply.";
    FLAG_NOT_FOUND = 404, "flag-not-found",
        "There is no flag of this name.";
    EVENTS_TOO_OLD = 410, "events-too-old",
        "The events after this id are no longer held. Read the list, and follow anew.";
    VERSION_MISMATCH = 412, "version-mismatch",
        "The flag has another version than `If-Match` says, or is absent.";
    FLAG_EXISTS = 412, "flag-exists",
        "`If-None-Match: *`, and the flag is present.";
    VALUE_TOO_LARGE = 413, "value-too-large",
        "The value has more than 4,096 bytes.";
    DEFECT = 500, "internal-error",
        "A defect of the program. Its log says more.";
    JOURNAL_REFUSES_WRITES = 503, "journal-refuses-writes",
        "The journal cannot take the record. Nothing was changed.";
    NOT_DURABLE = 503, "not-durable",
        "The change is made, and the disk did not confirm it. Later writes are refused.";
    TOO_MANY_STREAMS = 503, "too-many-streams",
        "No more streams of events can be open.";
    TOO_MANY_FLAGS = 507, "too-many-flags",
        "No more flags can be created.";
    READER_TOO_SLOW = 503, "reader-too-slow",
        "Not an answer, but the data of the last event of a stream: `dropped`.";
}

/// The errors that the library `web` answers with, as far as a request can meet them here.
pub const OF_WEB: &[Code] = &[
    code(
        400,
        "incomplete-body",
        "The body of the request ends too early.",
    ),
    code(404, "no-such-resource", "There is nothing at this path."),
    code(
        405,
        "method-not-allowed",
        "The path does not have this method.",
    ),
    code(408, "body-too-slow", "The body did not arrive in time."),
    code(
        413,
        "body-too-large",
        "The body has more than 65,536 bytes.",
    ),
    code(
        415,
        "unsupported-media-type",
        "The body must be `application/json`.",
    ),
];
