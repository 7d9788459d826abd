// The page of the registry: it lists the flags, follows their changes, and writes them.

import { list, put, quote, write } from "./page/api.mjs";
import { Editor } from "./page/editor.mjs";
import { Flags } from "./page/flags.mjs";
import { Inside } from "./page/inside.mjs";
import { Live } from "./page/live.mjs";
import { Rows } from "./page/rows.mjs";

const AT_ONCE = 100;
const STATES = {
  connecting: "Connecting",
  live: "Live",
  away: "No answer from the server. Trying again",
  full: "Too many event streams are open. Trying again",
};
const part = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");

const flags = new Flags();
const rows = new Rows({ edit, toggle });
const editor = new Editor({ tell, done: change, near: (control) => rows.near(control) });
const inside = new Inside(totals);
const live = new Live({ heard, state: connection, lost });

/* Messages */

let hush = 0;

/** Says something: good news for a while, bad news until it is closed. */
function tell(text, kind = "good") {
  clearTimeout(hush);
  part("message").hidden = false;
  part("message").dataset.kind = kind;
  part("message-words").textContent = text;
  part("spoken").textContent = text;
  if (kind === "good") hush = setTimeout(fade, 6000);
}

/** Takes good news away, unless somebody is about to close it. */
function fade() {
  if (!part("message").contains(document.activeElement)) part("message").hidden = true;
}

let beforeMessage = null;

function closeMessage() {
  part("message").hidden = true;
  (beforeMessage?.isConnected ? beforeMessage : part("prefix")).focus();
}

/* The list */

let loading = null;
let waiting = [];
let again = 0;
let following = false;

/** Loads a page of the list. Changes that come meanwhile wait for it. */
async function load({ from = null, more = false } = {}) {
  clearTimeout(again);
  loading?.abort();
  const control = new AbortController();
  loading = control;
  const prefix = more ? flags.prefix : part("prefix").value;
  try {
    const page = await list({ prefix, after: more ? flags.next : from, limit: AT_ONCE, signal: control.signal });
    if (more) flags.extend(page);
    else flags.reset(prefix, from, page);
    if (!following) follow(page.version);
    rows.showAll(flags);
    return page;
  } catch (error) {
    if (error.name === "AbortError") return null;
    tell(error.message, "bad");
    if (!more) again = setTimeout(() => load({ from }), 3000);
    return null;
  } finally {
    if (loading === control) endLoading();
  }
}

function endLoading() {
  loading = null;
  for (const [kind, data] of waiting.splice(0)) change(kind, data);
  sayWhatIsShown();
}

function sayWhatIsShown() {
  const count = flags.names.length;
  const end = flags.next === null ? "" : ", and more follow";
  const begin = flags.from === null ? "" : `, after ${quote(flags.from)}`;
  const shown = count ? `${number.format(count)} ${count === 1 ? "flag is" : "flags are"} shown${begin}${end}.` : "";
  if (part("shown").textContent !== shown) part("shown").textContent = shown;
  part("more").hidden = flags.next === null;
  part("more").textContent = flags.full ? "Show the next ones instead" : "Show more";
  part("first").hidden = flags.from === null;
  part("list").hidden = !count;
  part("below").hidden = !count && flags.from === null;
  part("empty").hidden = Boolean(count);
  part("empty-words").textContent = flags.prefix ? `No flag begins with ${quote(flags.prefix)}.` : "There is no flag yet. Create the first one.";
}

async function showMore() {
  const before = flags.names.at(-1);
  const instead = flags.full;
  const page = await load(instead ? { from: flags.next } : { more: true });
  if (!page) return;
  const first = flags.names[instead ? 0 : flags.place(before) + 1];
  rows.get(first)?.focus(true);
  part("spoken").textContent = part("shown").textContent;
}

async function showFirst() {
  await load();
  part("prefix").focus();
}

let typing = 0;
function filter() {
  clearTimeout(typing);
  typing = setTimeout(async () => {
    if (await load()) part("spoken").textContent = part("shown").textContent || part("empty-words").textContent;
  }, 150);
}

/* Changes */

let changed = new Set();

function heard(kind, data) {
  editor.seen(kind, data);
  if (loading) waiting.push([kind, data]);
  else change(kind, data);
}

/** Takes a change in. The rows follow together, once for each frame. */
function change(kind, data) {
  if (!flags[kind](data)) return;
  if (!changed.size) requestAnimationFrame(paint);
  changed.add(data.name);
}

function paint() {
  rows.showChanges(changed, flags);
  changed = new Set();
  sayWhatIsShown();
}

// The row of a flag that was deleted stays until the next frame.

function edit(name) {
  const flag = flags.get(name);
  if (flag) editor.edit(flag);
}

async function toggle(name) {
  const flag = flags.get(name);
  const row = rows.get(name);
  if (!flag || row.isBusy) return;
  const json = write(!flag.value);
  row.busy(true);
  try {
    const written = await put(name, json, { version: flag.version, durable: part("durable").checked });
    change("put", written);
    tell(`${quote(name)} is ${json} now.`);
  } catch (error) {
    if (error.status === 412) await editor.refused(flag, json);
    else tell(error.message, "bad");
  } finally {
    row.busy(false);
  }
}

/* The connection */

function connection(state) {
  part("connection").dataset.state = state;
  part("connection-words").textContent = STATES[state];
  if (state === "live") inside.start();
  else inside.stop();
}

let whyAgain = "";
// The details of these are for programs. The page has done already what they ask for.
const REASONS = {
  "events-too-old": "Too many changes were made meanwhile to show each of them.",
  "invalid-event-id": "The server has other data than before.",
  "reader-too-slow": "The changes came faster than they were read.",
};

function follow(version) {
  following = true;
  live.follow(version);
  if (whyAgain) tell(`The list was loaded again. ${whyAgain}`, "bad");
  whyAgain = "";
}

/** The stream cannot go on where it was: the list is loaded again, and followed from there. */
function lost(problem) {
  following = false;
  whyAgain = REASONS[problem.code] ?? problem.detail ?? "The changes could not be followed.";
  connection("connecting");
  load({ from: flags.from });
}

function totals(answer) {
  live.compare(answer.version);
  part("totals").textContent = `${number.format(answer.flags)} ${answer.flags === 1 ? "flag" : "flags"}, ${number.format(answer.version)} ${answer.version === 1 ? "change" : "changes"} so far`;
}

function mindTheTab() {
  if (document.visibilityState === "hidden") {
    live.pause();
    inside.stop();
  } else {
    live.resume();
  }
}

/* The start */

part("tools").addEventListener("submit", (event) => event.preventDefault());
part("prefix").addEventListener("input", filter);
part("create").addEventListener("click", () => editor.create());
part("more").addEventListener("click", showMore);
part("first").addEventListener("click", showFirst);
part("message-close").addEventListener("click", closeMessage);
part("message").addEventListener("focusin", (event) => { beforeMessage = event.relatedTarget; });
for (const box of document.querySelectorAll("[data-durable]")) {
  box.addEventListener("change", () => {
    for (const other of document.querySelectorAll("[data-durable]")) other.checked = box.checked;
  });
}
let passes = 0;
setInterval(() => rows.pass(passes++ % 10 === 0), 1000);
document.addEventListener("visibilitychange", mindTheTab);
mindTheTab();
load();
