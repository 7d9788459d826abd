//! The task that ends sessions when they are due.

use crate::{SessionMap, Sessions};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::time::Duration;
use tokio::task;
use tokio::time::{MissedTickBehavior, interval};

/// Ends sessions when they are due, until the store itself is dropped. Spawn it once.
///
/// Each tick costs one look into the ledger, and some work for each session that is due. The
/// task yields after each batch, so that a thousand sessions that end together do not keep
/// requests waiting. A panic of the audit does not end the task.
pub async fn expire<T, M>(sessions: Weak<Sessions<T, M>>)
where
    M: SessionMap<T>,
{
    let Some(tick) = sessions.upgrade().map(|sessions| sessions.lifetime().tick) else {
        return;
    };
    // `interval` refuses zero.
    let mut ticks = interval(tick.max(Duration::from_millis(1)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        loop {
            let Some(sessions) = sessions.upgrade() else {
                return;
            };
            // After a panic of the audit, the session has ended all the same, and the others wait
            // for the next look. The panic hook has printed the message.
            let swept = catch_unwind(AssertUnwindSafe(|| sessions.sweep()));
            if matches!(swept, Ok(0)) {
                break;
            }
            drop(sessions);
            task::yield_now().await;
        }
    }
}
