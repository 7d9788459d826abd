//! A small web service that shows the sessions: log in, see who you are, list, log out.
//!
//! | request | answer |
//! |---|---|
//! | `POST /login` with `{"user": "ann", "code": "…"}` | 201, a cookie, and the session |
//! | `GET /me` | 200 and the session, or 401 `not-logged-in` |
//! | `GET /sessions` | 200 and all sessions of the user |
//! | `DELETE /sessions/{number}` | 204; 404 `no-such-session` |
//! | `DELETE /sessions` | 200 and how many ended: all of the user, this one included |
//! | `POST /logout` | 204, and a cookie that deletes the cookie |
//! | `GET /count` | 200 and the numbers of sessions and of users |

mod caller;
mod cookies;
mod handlers;
mod shown;

pub use handlers::{Service, router};
pub use shown::Visitor;
