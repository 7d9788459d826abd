//! The page: one file, with its style, its script and its data in it. Nothing is fetched: the
//! content security policy allows the one style and the one script, by their hashes.

use crate::Result;
use crate::pack::Data;
use sha2::{Digest, Sha256};

const HTML: &str = include_str!("../page/page.html");
const STYLE: &str = include_str!("../page/page.css");
const SCRIPT: &str = include_str!("../page/page.js");

/// A page may not be larger.
const LARGEST: usize = 400_000;

/// The page. `source` is the hash of the source that the data are of.
pub(crate) fn write(data: &Data, source: &str) -> Result<String> {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
         form-action 'none'",
        hash(STYLE),
        hash(SCRIPT),
    );
    // Inside a `script` element only `<` could end the data.
    let data = serde_json::to_string(data)?.replace('<', "\\u003c");
    let mut page = String::new();
    let mut rest = HTML;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .ok_or("page.html: `{{` without `}}`")?;
        page.push_str(before);
        page.push_str(match name {
            "policy" => &policy,
            "source" => source,
            "style" => STYLE,
            "script" => SCRIPT,
            "data" => &data,
            _ => return Err(format!("page.html: no value for {name}").into()),
        });
        rest = after;
    }
    page.push_str(rest);
    if page.len() > LARGEST {
        return Err(format!("the page has {} bytes, more than {LARGEST}", page.len()).into());
    }
    Ok(page)
}

/// The hash of a text, as a content security policy writes it.
fn hash(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in Sha256::digest(text).chunks(3) {
        let byte = |index: usize| u32::from(three.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let index = bits >> (18 - 6 * digit) & 63;
            let is_padding = digit > three.len() as u32;
            out.push(if is_padding {
                '='
            } else {
                char::from(DIGITS[index as usize])
            });
        }
    }
    out
}
