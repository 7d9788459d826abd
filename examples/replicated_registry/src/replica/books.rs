//! The applier's books: what it has to know beside the entries.

use super::message::Pending;
use super::{Identity, Revision, Standing};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// A deletion that is remembered.
#[derive(Debug)]
pub(super) struct Tombstone {
    pub(super) revision: Revision,
    /// The last session that brought this very deletion.
    pub(super) confirmed_by: u64,
}

/// What the applier knows of the source.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) identity: Option<Identity>,
    /// Zero: there was no source yet.
    pub(super) epoch: u64,
    /// The greatest revision that the source has named in this epoch.
    pub(super) highest: Revision,
    /// The map equalled the source at this revision. Zero: not yet in this epoch.
    pub(super) exact: Revision,
    /// Every change up to here came in some session of this epoch, or a later one of its key
    /// had taken its place. So if a key is absent, a change of it up to here is old.
    pub(super) handed: Revision,
    /// Deletions after `handed`, of keys that the map does not hold.
    pub(super) tombstones: HashMap<String, Tombstone>,
    pub(super) open: Option<Open>,
    /// The number of the last session.
    pub(super) sessions: u64,
    pub(super) current_as_of: Option<Duration>,
}

/// The session that is open.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) number: u64,
    /// The source's last revision when the session began.
    pub(super) began_at: Revision,
    pub(super) through: Revision,
    /// Everything that the source had at this revision was handed over.
    pub(super) drained: Option<Revision>,
    /// Nothing was left out after this revision.
    pub(super) last_skip: Revision,
    /// Until the session is drained: changes that were older than what is known of their
    /// key, the newest of each key. They must turn out to be repeated or delayed.
    pub(super) offered: HashMap<String, Offer>,
    /// Answers that the map has not reached, oldest first.
    pub(super) pending: VecDeque<Pending>,
}

/// An old change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) revision: Revision,
    pub(super) is_put: bool,
}

impl Books {
    /// Forgets the old epoch. Its entries stay in the map until they are replaced, or until
    /// a session of the new epoch is drained.
    pub(super) fn begin_epoch(&mut self) {
        self.epoch += 1;
        self.highest = 0;
        self.exact = 0;
        self.handed = 0;
        self.tombstones.clear();
        self.open = None;
    }

    /// All changes up to here have come. R5: their tombstones are not needed any more.
    pub(super) fn hand_over(&mut self, revision: Revision) {
        self.handed = self.handed.max(revision);
        self.highest = self.highest.max(revision);
        let handed = self.handed;
        self.tombstones
            .retain(|_, tombstone| tombstone.revision > handed);
    }

    pub(super) fn standing(&self) -> Standing {
        let open = self.open.as_ref();
        Standing {
            epoch: self.epoch,
            following: open.is_some(),
            drained: open.is_some_and(|open| open.drained.is_some()),
            exact: self.exact,
            through: open.map_or(0, |open| open.through),
            highest: self.highest,
            current_as_of: self.current_as_of,
            sessions: self.sessions,
        }
    }
}

impl Open {
    pub(super) fn offer(&mut self, key: String, offer: Offer) {
        if self.drained.is_some() {
            return; // A repeated change, as S2 allows.
        }
        let newest = self.offered.entry(key).or_insert(offer);
        if newest.revision < offer.revision {
            *newest = offer;
        }
    }

    /// Changes may have been left out, and nothing says yet that later ones took their place.
    pub(super) fn has_a_hole(&self) -> bool {
        self.drained.is_none_or(|drained| drained < self.last_skip)
    }

    /// The revision up to which the map now equals the source, if there is one.
    pub(super) fn exact(&self) -> Option<Revision> {
        let drained = self.drained?;
        if self.has_a_hole() {
            return Some(drained);
        }
        Some(self.through.max(drained))
    }
}
