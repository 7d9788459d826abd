//! What the web programs share, over real sockets.

mod answers;
mod client;
mod limits;
mod the_end;
