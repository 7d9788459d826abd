//! One module for each figure.

mod decision_path;
mod epochs;
mod life_of_a_key;
mod message_passing;
mod misses_over_time;
mod readers_that_write;
mod store_buffering;
mod time_line;
mod two_maps;
mod who_owns_what;
mod word_p;

use crate::picture::Picture;

/// All figures, in the order of the chapters.
pub(crate) fn all() -> Vec<Picture> {
    vec![
        readers_that_write::draw(),
        two_maps::draw(),
        word_p::draw(),
        life_of_a_key::draw(),
        decision_path::draw(),
        misses_over_time::draw(),
        epochs::draw(),
        message_passing::draw(),
        store_buffering::draw(),
        who_owns_what::draw(),
        time_line::draw(),
    ]
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn every_text_says_the_words_that_it_demands_of_others() {
        for picture in all() {
            for word in picture.words {
                assert!(picture.text.contains(word), "{}: {word}", picture.name);
            }
        }
    }
}
