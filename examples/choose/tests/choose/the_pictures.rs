//! The pictures can be read: small or large, light or dark, without colour, and by those
//! who do not see them.

use crate::drawn::{all, differing, equals, sweep, swept, tally};
use crate::picture::{
    colour, contrast, figure, map_of, moved_to, named, of_class, over, property, texts,
};
use crate::plot;
use crate::plot::labels::places;
use crate::plot::look::{LOOKS, style_sheet};
use crate::program::file;
use crate::roster::NAMES;
use crate::sweep::{LEGEND, READS};
use roxmltree::Document;
use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::Path;

fn parsed(picture: &str) -> Document<'_> {
    Document::parse(picture).expect("the picture is XML")
}

/// Without colour, too.
#[test]
fn each_look_has_dashes_and_a_marker_of_its_own() {
    let dashes: BTreeSet<_> = LOOKS.iter().map(|look| look.dashes).collect();
    let markers = LOOKS.iter().map(|look| (look.marker, look.is_filled));
    let markers: BTreeSet<_> = markers.collect();
    assert_eq!((dashes.len(), markers.len()), (LOOKS.len(), LOOKS.len()));
    assert!(LOOKS.len() >= 11);
}

#[test]
fn each_line_is_drawn_in_the_look_of_its_map() {
    let picture = differing("lines.svg", 4);
    let picture = parsed(&picture);
    let charts: Vec<_> = of_class(picture.root(), "chart").collect();
    assert_eq!(charts.len(), 3, "throughput, look-ups and writes");
    for chart in charts {
        let mut looks = BTreeSet::new();
        let lines = of_class(chart, "lines").flat_map(|group| of_class(group, "line"));
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines.len(), NAMES.len());
        for line in lines {
            let group = of_class(chart, "markers")
                .next()
                .expect("there are markers");
            let mut own = named(group, "path").filter(|path| map_of(*path) == map_of(line));
            let marker = own.next().expect("the line has a marker");
            let dashes = line.attribute("stroke-dasharray").expect("it has dashes");
            looks.insert((dashes, marker.attribute("d"), marker.attribute("class")));
        }
        assert_eq!(looks.len(), NAMES.len());
    }
}

#[test]
fn each_map_is_in_each_legend_with_its_figure() {
    let picture = differing("legend.svg", 4);
    let picture = parsed(&picture);
    let legends: Vec<_> = of_class(picture.root(), "legend").collect();
    assert_eq!(legends.len(), 3, "throughput, look-ups and writes");
    for legend in legends {
        let groups = legend
            .children()
            .filter(|node| node.has_attribute("data-map"));
        let names = groups.map(|group| {
            let texts: Vec<_> = named(group, "text")
                .filter_map(|text| text.text())
                .collect();
            assert_eq!(texts.len(), 2, "the name, and a figure");
            assert_eq!(of_class(group, "line").count(), 1, "a sample of the line");
            assert_eq!(texts[0], map_of(group));
            texts[0]
        });
        assert_eq!(names.collect::<Vec<_>>(), NAMES);
    }
}

#[test]
fn maps_with_the_same_figures_do_not_hide_each_other() {
    for threads in [1, 4, 128] {
        let picture = equals(&format!("same-{threads}.svg"), threads);
        let picture = parsed(&picture);
        for markers in of_class(picture.root(), "markers") {
            let markers: Vec<_> = named(markers, "path")
                .map(|path| (map_of(path), moved_to(path)))
                .collect();
            for (name, (x, y)) in &markers {
                let others = markers.iter().filter(|(other, _)| other != name);
                for (other, at) in others {
                    let apart = (x - at.0).hypot(y - at.1);
                    assert!(apart > 4.0, "{name} and {other}: {apart} pixels");
                }
            }
        }
    }
}

#[test]
fn no_text_covers_another_or_leaves_the_picture() {
    for picture in all("texts") {
        let picture = parsed(&picture);
        let (root, texts) = (picture.root_element(), texts(&picture));
        let (width, height) = (figure(root, "width"), figure(root, "height"));
        assert!(texts.len() > 10);
        for (nth, text) in texts.iter().enumerate() {
            let inside = text.left >= 0.0 && text.right <= width;
            assert!(inside && text.bottom <= height, "{text:?}");
            for other in &texts[nth + 1..] {
                assert!(!text.overlaps(other), "{text:?} and {other:?}");
            }
        }
    }
}

/// In a README, which shows a picture 800 pixels wide.
#[test]
fn texts_are_twelve_pixels_high_at_least() {
    for picture in all("sizes") {
        let picture = parsed(&picture);
        let scale = 800.0 / figure(picture.root_element(), "width");
        for text in texts(&picture) {
            assert!(text.size * scale >= 12.0, "{text:?}");
        }
    }
}

/// At least 4.5 for texts and 3 for lines, in the light form and in the dark one.
#[test]
fn colours_have_the_contrast_that_guidelines_ask_for() {
    let sheet = style_sheet();
    let (light, dark) = sheet
        .split_once("@media (prefers-color-scheme: dark)")
        .expect("there is a dark form");
    for rules in [light, dark] {
        let of = |class: &str, name| colour(property(rules, class, name));
        let paper = of(".paper", "fill");
        let (ink, muted) = (of(".ink", "fill"), of(".muted", "fill"));
        assert!(contrast(ink, paper) >= 4.5 && contrast(muted, paper) >= 4.5);
        assert!(contrast(of(".axis", "stroke"), paper) >= 3.0);
        let share = property(light, ".tint", "fill-opacity");
        let share = share.parse().expect("it is a number");
        for nth in 0..LOOKS.len() {
            let line = of(&format!(".map{nth}"), "color");
            assert!(contrast(line, paper) >= 3.0, "map {nth}");
            // In a square of a sweep.
            let tint = over(line, share, paper);
            assert!(
                contrast(ink, tint) >= 4.5,
                "the text in a square of map {nth}"
            );
            assert!(
                contrast(line, tint) >= 3.0,
                "the marker in a square of map {nth}"
            );
        }
    }
    assert_ne!(
        property(light, ".paper", "fill"),
        property(dark, ".paper", "fill")
    );
}

#[test]
fn every_picture_has_the_style_sheet_with_both_forms() {
    for picture in all("styles") {
        let picture = parsed(&picture);
        let sheet = named(picture.root(), "style")
            .next()
            .and_then(|style| style.text());
        let sheet = sheet.expect("there is a style sheet");
        assert_eq!(sheet.trim(), style_sheet().trim());
    }
}

#[test]
fn a_picture_says_in_words_what_it_shows() {
    for picture in all("words") {
        let picture = parsed(&picture);
        let root = picture.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        let ids = root.attribute("aria-labelledby").expect("it has a label");
        for id in ids.split(' ') {
            let by_id = root
                .children()
                .find(|node| node.attribute("id") == Some(id));
            let words = by_id.and_then(|node| node.text()).expect("there are words");
            assert!(words.len() > 50, "{words}");
        }
    }
    let picture = equals("words.svg", 4);
    let picture = parsed(&picture);
    let words = named(picture.root(), "desc")
        .next()
        .and_then(|desc| desc.text());
    for name in NAMES {
        let figure = format!("{name} 48.2");
        assert!(
            words.is_some_and(|words| words.contains(&figure)),
            "{words:?}"
        );
    }
}

/// Each row and each column has maps in an order of its own.
#[test]
fn each_square_stands_beside_its_threads_and_below_its_reads() {
    let path = file("squares.svg", b"");
    let mut sweep = swept(4, &["ShardedMap"]);
    for (nth, square) in sweep.cells.iter_mut().enumerate() {
        square.verdict.as_mut().expect("there is one").take = NAMES[nth % NAMES.len()];
    }
    plot::sweep(Path::new(&path), &sweep).expect("the picture is drawn");
    let picture = read_to_string(path).expect("the picture is there");
    let picture = parsed(&picture);
    let texts = texts(&picture);
    let words = named(picture.root(), "desc").next();
    let words = words.and_then(|desc| desc.text()).expect("it has words");
    let place = |label: &str| {
        let label = texts.iter().find(|known| known.text == label);
        label.unwrap_or_else(|| panic!("there is a label {label:?}"))
    };
    let labels = ["1 thread", "2 threads", "4 threads"];
    let squares = labels
        .iter()
        .flat_map(|row| READS.map(|reads| (*row, reads)));
    for ((row, reads), name) in squares.zip(NAMES.into_iter().cycle()) {
        let column = format!("{reads} % reads");
        let (beside, above) = (place(row), place(&column));
        let middle = (above.left + above.right) / 2.0;
        let is_here = texts.iter().any(|known| {
            let is_below = known.left < middle && middle < known.right;
            let is_beside = (known.bottom - beside.bottom).abs() < 27.0;
            known.text == name && is_below && is_beside
        });
        assert!(is_here, "{row}, {column}: {name}");
        let said = format!("{row}, {column}: {name} ");
        assert!(words.contains(&said), "{said:?} in {words}");
    }
}

#[test]
fn the_signs_of_a_sweep_are_explained() {
    let picture = sweep("signs.svg", 4, &["ShardedMap"]);
    let picture = parsed(&picture);
    let legend = of_class(picture.root(), "legend")
        .next()
        .expect("there is a legend");
    let texts: Vec<_> = named(legend, "text")
        .filter_map(|text| text.text())
        .collect();
    let explained: Vec<_> = LEGEND
        .iter()
        .flat_map(|(sign, meaning)| [*sign, *meaning])
        .collect();
    assert_eq!(texts, explained);
    for sign in ["×", "×?", "×??", "= ", "more"] {
        assert!(
            explained
                .iter()
                .any(|text| text.ends_with(sign) || text.starts_with(sign))
        );
    }
}

/// Of a trace, the load names the file.
#[test]
fn a_load_may_have_any_characters() {
    let path = file("characters.svg", b"");
    let load = "<&>\"']]>.trace";
    let by_threads = [(1, vec![tally("scc", 1, 1)])];
    plot::comparison(Path::new(&path), load, &by_threads).expect("the picture is drawn");
    let picture = read_to_string(path).expect("the picture is there");
    let picture = parsed(&picture);
    assert!(texts(&picture).iter().any(|text| text.text == load));
}

#[test]
fn labels_stand_apart_in_order_and_near_their_lines() {
    assert_eq!(
        places(&[10.0, 90.0, 50.0], 20.0, 0.0, 100.0),
        [10.0, 90.0, 50.0]
    );
    assert_eq!(places(&[50.0, 50.0], 20.0, 0.0, 100.0), [40.0, 60.0]);
    // Both at an end.
    assert_eq!(places(&[0.0, 0.0], 20.0, 0.0, 100.0), [0.0, 20.0]);
    assert_eq!(places(&[100.0, 99.0], 20.0, 0.0, 100.0), [100.0, 80.0]);
    // Blocks that grow into each other.
    let grown = places(&[50.0, 50.0, 74.0], 20.0, 0.0, 100.0);
    assert_eq!(grown, [38.0, 58.0, 78.0]);
    let eleven = places(&[250.0; 11], 19.0, 0.0, 250.0);
    assert_eq!((eleven[0], eleven[10]), (60.0, 250.0));
}
