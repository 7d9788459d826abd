//! [`InPath`]: the name of a flag, from the path of a request.

use super::codes::INVALID_NAME;
use crate::flags::{InvalidName, Name};
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use web::Problem;

/// The name of a flag in the path, with `%2F` and the like decoded.
#[derive(Debug)]
pub(super) struct InPath(pub(super) String);

impl InPath {
    /// The name as a key of the map.
    pub(super) fn name(&self) -> Name {
        Name::new(&self.0).expect("the name was checked when it was extracted")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for InPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // The only rejection of a text is that the bytes are no UTF-8.
        let name = Path::<String>::from_request_parts(parts, state).await;
        let Path(name) = name.map_err(|_| refused())?;
        Name::check(&name).map_err(|_| refused())?;
        Ok(Self(name))
    }
}

pub(super) fn refused() -> Problem {
    INVALID_NAME.says(InvalidName.to_string())
}
