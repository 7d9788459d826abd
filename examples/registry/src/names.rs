//! The names that the readers look up: residents, which are the keys of the table;
//! guests, which are added and removed; and strangers, which are never present.

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
    /// How its values begin. Empty for a stranger.
    pub(crate) text: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A key of the table, always present.
    Resident,
    /// Present at times.
    Guest,
    /// Never present.
    Stranger,
}

/// All names, each known by its index.
#[derive(Debug)]
pub(crate) struct Names {
    /// The residents, the most popular first; the guests; the strangers.
    all: Vec<Name>,
    residents: usize,
    popularity: Zipf,
    absent_percent: f64,
}

impl Names {
    /// `pairs` are those of a table. `random` decides which of them are popular.
    pub(crate) fn new(
        pairs: Vec<(String, String)>,
        absent_percent: f64,
        random: &mut Random,
    ) -> Self {
        let mut all: Vec<_> = pairs
            .into_iter()
            .map(|(key, text)| Name {
                key,
                text,
                kind: Kind::Resident,
            })
            .collect();
        random.shuffle(&mut all);
        let residents = all.len();
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
            residents,
            popularity: Zipf::new(residents),
            absent_percent,
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
        if random.percent(self.absent_percent) {
            self.residents + GUESTS + random.below(STRANGERS).0
        } else if random.percent(GUEST_PERCENT) {
            self.guest(random.next())
        } else {
            self.draw_resident(random)
        }
    }

    /// A resident, by popularity.
    #[inline]
    pub(crate) fn draw_resident(&self, random: &mut Random) -> usize {
        self.popularity.draw(random)
    }

    /// The guest whose turn it is.
    pub(crate) fn guest(&self, turn: u64) -> usize {
        self.residents + (turn % GUESTS as u64) as usize
    }

    /// The first turn of a guest that is absent when the load begins.
    pub(crate) fn first_absent(&self) -> u64 {
        GUESTS as u64 / 2
    }

    /// Whether the name is present when the load begins.
    pub(crate) fn is_there_at_first(&self, index: usize) -> bool {
        index < self.residents + GUESTS / 2
    }

    /// The keys and values that are present when the load begins.
    pub(crate) fn pairs_at_first(&self) -> impl Iterator<Item = (String, String)> {
        (0..self.all.len())
            .filter(|&index| self.is_there_at_first(index))
            .map(|index| self.get(index))
            .map(|name| (name.key.clone(), name.text.clone()))
    }
}
