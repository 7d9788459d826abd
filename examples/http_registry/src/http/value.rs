//! The value of a flag, from the body of a request.

use super::codes::{INVALID_JSON, VALUE_TOO_LARGE};
use super::depth::Depth;
use crate::journal::Value;
use serde_json::value::RawValue;
use web::Problem;

/// The longest value, in bytes as it was sent.
pub const MAX_VALUE_BYTES: usize = 4_096;

/// How deeply arrays and objects may be nested. Common readers of JSON can still read a list
/// of such flags.
pub const MAX_DEPTH: usize = 100;

/// Checks a value that is JSON by its grammar.
pub(super) fn checked(raw: &RawValue) -> Result<Value, Problem> {
    let text = raw.get();
    if text.len() > MAX_VALUE_BYTES {
        let detail = format!("The value may have at most {MAX_VALUE_BYTES} bytes.");
        return Err(VALUE_TOO_LARGE.says(detail).with("limit", MAX_VALUE_BYTES));
    }
    // The grammar allows numbers and escapes that no reader can use.
    let Depth(depth) = serde_json::from_str(text).map_err(|why| {
        INVALID_JSON.says(format!("The body is not JSON that readers can use: {why}."))
    })?;
    if depth > MAX_DEPTH {
        let detail = format!("Arrays and objects may be nested {MAX_DEPTH} deep.");
        return Err(INVALID_JSON.says(detail));
    }
    Value::parse(text.as_bytes()).map_err(|why| INVALID_JSON.says(why.to_string()))
}
