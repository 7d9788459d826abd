//! Which pins, and which ways to retire, are built: the real ones, their models, or the real
//! ones, counted.

#[cfg(counted)]
pub(crate) use super::counted::{Guard, LightGuard, enter, enter_again, pin, retire};

#[cfg(not(any(counted, loom)))]
pub(crate) use super::{
    guard::Guard,
    light::LightGuard,
    pin::{enter_again, pin},
    reader::enter,
    retire::retire,
};

#[cfg(not(loom))]
pub(crate) use super::{
    blocks::Length,
    due::contain_panic,
    flush::flush,
    grace::switch_on,
    retire::{allocate, give_back},
    synchronize::{can_wait, cookie, oldest_guard},
    waiting::amount_waiting,
};

#[cfg(loom)]
pub(crate) use super::{
    light::LightGuard,
    model::blocks::{Length, allocate, give_back, retire},
    model::{
        Guard, amount_waiting, can_wait, contain_panic, cookie, enter, enter_again, flush,
        oldest_guard, pin, switch_on,
    },
};
