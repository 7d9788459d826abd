//! The private server: its folder belongs to one server at a time.

use crate::yard::{folder, server};
use replicated_registry::server::{Server, StartError};

#[test]
fn a_folder_that_a_server_uses_is_not_given_to_a_second_one() {
    let Some(mut first) = server("in-use") else {
        return;
    };
    let data = folder("in-use-2").parent().unwrap().join("nats-in-use");
    let refused = Server::start(&data).unwrap_err();
    assert!(
        matches!(refused, StartError::InUse(id) if id == first.id()),
        "{refused}"
    );
    first.kill();
    let second = Server::start(&data).unwrap();
    assert_ne!(second.address(), "");
}
