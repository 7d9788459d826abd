// Rules of the page's list, without a browser.

import { compare, size } from "../../src/page/api.mjs";
import { Flags, MOST } from "../../src/page/flags.mjs";
import { ago } from "../../src/page/rows.mjs";
import { same } from "./tools.mjs";

const flag = (name, version) => ({ name, version, value: 1 });
const page = (flags, next = null, version = 10) => ({ flags, next, version });

function list(...given) {
  const flags = new Flags();
  flags.reset("", null, page(...given));
  return flags;
}

export const model = {
  async names_are_in_the_order_of_their_bytes() {
    const names = ["", "a", "a\u0301", "aa", "b", "é", "\uD7FF", "\uE000", "\uFFFD", "\uFFFD\uFFFD", "😀", "😀a", "😁"];
    const bytes = [...names].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
    same("by code points", [...names].sort(compare), bytes);
    same("a size in bytes", size("é😀"), 6);
  },

  async the_age_of_a_change_is_said_in_words() {
    const now = Date.parse("2026-11-29T20:00:00Z");
    for (const [changed, words] of [
      ["2026-11-29T20:00:05Z", "just now"], ["2026-11-29T19:59:51Z", "just now"], ["2026-11-29T19:59:30Z", "30 sec. ago"],
      ["2026-11-29T19:58:01Z", "1 min. ago"], ["2026-11-29T18:00:01Z", "1 hr. ago"], ["2026-11-28T06:00:00Z", "yesterday"],
      ["2026-11-01T20:00:00Z", "28 days ago"], ["never", ""],
    ]) same(changed, ago(changed, now), words);
  },

  async what_the_list_has_is_not_changed_by_older_events() {
    const flags = list([flag("a", 4), flag("c", 9)]);
    same("an old change", flags.put(flag("a", 3)), false);
    same("an old flag that is deleted by now", flags.put(flag("b", 5)), false);
    same("an old deletion", flags.delete(flag("c", 8)), false);
    same("a new flag", flags.put(flag("b", 11)), true);
    same("the same again", flags.put(flag("b", 11)), false);
    same("a new deletion", flags.delete(flag("a", 12)), true);
    same("names", flags.names, ["b", "c"]);
  },

  async a_deletion_that_came_first_stays() {
    const flags = list([flag("a", 4)]);
    same("the answer to a deletion", flags.delete(flag("a", 13)), true);
    same("an event from before it", flags.put(flag("a", 12)), false);
    flags.delete(flag("x", 14));
    flags.extend(page([flag("x", 11)]));
    same("names", flags.names, []);
    same("created again", flags.put(flag("a", 15)), true);
  },

  async flags_outside_of_the_run_are_not_taken_in() {
    const flags = new Flags();
    flags.reset("f", "f2", page([flag("f3", 1), flag("f5", 2)], "f5"));
    for (const name of ["a", "f1", "f2", "f6", "g"]) same(name, flags.put(flag(name, 20)), false);
    same("f4", flags.put(flag("f4", 21)), true);
    flags.extend(page([flag("f6", 20)]));
    same("f7", flags.put(flag("f7", 22)), true);
    same("g2", flags.put(flag("g2", 23)), false);
    same("names", flags.names, ["f3", "f4", "f5", "f6", "f7"]);
  },

  async a_full_run_lets_its_last_name_go() {
    const name = (at) => `n${String(at).padStart(5, "0")}`;
    const flags = list(Array.from({ length: MOST }, (_, at) => flag(name(at), 1)));
    same("full", flags.full, true);
    same("end", flags.next, null);
    same("one more", flags.put(flag(`${name(0)}x`, 11)), true);
    same("names", [flags.names.length, flags.names[1], flags.names.at(-1)], [MOST, `${name(0)}x`, name(MOST - 2)]);
    same("more follow", flags.next, name(MOST - 2));
    same("gone", flags.get(name(MOST - 1)), undefined);
  },
};
