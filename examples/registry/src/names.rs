//! The names that the load looks up: the table's keys, guests, which are added and
//! removed, and strangers, which are never present.

use crate::random::Random;
use crate::zipf::Zipf;

/// The guests. The writer adds and removes them in turn; about half of them are present
/// at any time.
const GUESTS: usize = 64;
const GUEST_PERCENT: f64 = 1.0;
const STRANGERS: usize = 1_024;

#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) key: String,
    /// What its value begins with, if it has one.
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// From the table, and always present.
    Loaded,
    /// Present at times.
    Guest,
    /// Never present.
    Stranger,
}

/// All names, each known by its index.
#[derive(Debug)]
pub(crate) struct Names {
    /// The loaded ones, the most popular first; the guests; the strangers.
    all: Vec<Name>,
    loaded: usize,
    popularity: Zipf,
    stranger_percent: f64,
}

impl Names {
    /// `pairs` are those of a table. `random` decides which of them are popular.
    pub(crate) fn new(
        pairs: Vec<(String, String)>,
        stranger_percent: f64,
        random: &mut Random,
    ) -> Self {
        let mut all: Vec<_> = pairs
            .into_iter()
            .map(|(key, text)| Name {
                key,
                text,
                kind: Kind::Loaded,
            })
            .collect();
        random.shuffle(&mut all);
        let loaded = all.len();
        // No key of a table contains a tab, so these names are in no table.
        all.extend((0..GUESTS).map(|n| Name {
            key: format!("guest\t{n}"),
            text: "guest".into(),
            kind: Kind::Guest,
        }));
        all.extend((0..STRANGERS).map(|n| Name {
            key: format!("stranger\t{n}"),
            text: String::new(),
            kind: Kind::Stranger,
        }));
        Self {
            all,
            loaded,
            popularity: Zipf::new(loaded),
            stranger_percent,
        }
    }

    pub(crate) fn get(&self, index: usize) -> &Name {
        &self.all[index]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Name> {
        self.all.iter()
    }

    /// The name that the next look-up is for.
    #[inline]
    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        if random.percent(self.stranger_percent) {
            self.loaded + GUESTS + random.below(STRANGERS).0
        } else if random.percent(GUEST_PERCENT) {
            self.guest(random.next())
        } else {
            self.draw_loaded(random)
        }
    }

    /// One of the table's keys, by popularity.
    #[inline]
    pub(crate) fn draw_loaded(&self, random: &mut Random) -> usize {
        self.popularity.draw(random)
    }

    /// The guest whose turn it is.
    pub(crate) fn guest(&self, turn: u64) -> usize {
        self.loaded + (turn % GUESTS as u64) as usize
    }

    /// The first turn of a guest that is absent when the load begins.
    pub(crate) fn first_absent(&self) -> u64 {
        GUESTS as u64 / 2
    }

    /// Whether the name is present when the load begins.
    pub(crate) fn is_there_at_first(&self, index: usize) -> bool {
        index < self.loaded + GUESTS / 2
    }

    /// The keys and values that are present when the load begins.
    pub(crate) fn pairs_at_first(&self) -> impl Iterator<Item = (String, String)> {
        (0..self.all.len())
            .filter(|&index| self.is_there_at_first(index))
            .map(|index| self.get(index))
            .map(|name| (name.key.clone(), name.text.clone()))
    }
}
