//! A message that is lost on the way, although the connection stands.

use crate::bucket::Other;
use crate::yard::{contents, pairs, registry, server, until, value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A way to the server that loses the next message of the key `lost`, once it is told to.
async fn lossy(address: &str, lose: &Arc<AtomicBool>) -> String {
    let server = address.trim_start_matches("nats://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("nats://{}", listener.local_addr().unwrap());
    let lose = Arc::clone(lose);
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let server = TcpStream::connect(&server).await.unwrap();
            let ((mut from_client, to_client), (from_server, mut to_server)) =
                (client.into_split(), server.into_split());
            tokio::spawn(async move { copy(&mut from_client, &mut to_server).await });
            tokio::spawn(forward(from_server, to_client, Arc::clone(&lose)));
        }
    });
    address
}

async fn forward(from: OwnedReadHalf, mut to: OwnedWriteHalf, lose: Arc<AtomicBool>) {
    let mut from = BufReader::new(from);
    loop {
        let mut frame = Vec::new();
        if from.read_until(b'\n', &mut frame).await.unwrap_or(0) == 0 {
            return;
        }
        let line = String::from_utf8_lossy(&frame).into_owned();
        let words: Vec<_> = line.split_whitespace().collect();
        if matches!(words[0], "MSG" | "HMSG") {
            let length: usize = words.last().unwrap().parse().unwrap();
            let mut rest = vec![0; length + 2];
            from.read_exact(&mut rest).await.unwrap();
            frame.extend(rest);
            if words[1] == "$KV.registry.lost" && lose.swap(false, SeqCst) {
                continue;
            }
        }
        if to.write_all(&frame).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_lost_message_is_noticed_by_the_next_one_or_by_a_heartbeat() {
    let Some(server) = server("lossy") else {
        return;
    };
    let lose = Arc::new(AtomicBool::new(false));
    let following = registry(&lossy(&server.address(), &lose).await).await;
    let registry = following.registry();
    let gaps = || registry.troubles().counts.get("gap").copied().unwrap_or(0);
    let other = Other::connect(&server.address()).await;
    lose.store(true, SeqCst);
    other.put("lost", "1").await;
    until("it is there", || value(registry, "lost").is_some()).await;
    assert_eq!(gaps(), 1, "{:?}", registry.troubles());
    lose.store(true, SeqCst);
    let (lost, next) = tokio::join!(other.put("lost", "2"), other.put("next", "2"));
    assert!(lost < next);
    let expected = pairs([("lost", "2"), ("next", "2")]);
    until("both are there", || contents(registry) == expected).await;
    assert_eq!(gaps(), 2, "{:?}", registry.troubles());
}
