// The numbers of the map that the registry stands on, once a second.

import { inside } from "./api.mjs";

const number = new Intl.NumberFormat("en");
const NUMBERS = [
  ["read", "Read", (it) => it.read,
    "Entries in the read snapshot. A look-up that finds its key here takes no lock."],
  ["dirty", "Dirty", (it) => it.dirty,
    "Entries in the dirty map, where new keys go. The mutex guards it. 0: there is none."],
  ["misses", "Misses", (it) => it.misses,
    "Calls that had to look in the dirty map. As many misses as it has entries promote it."],
  ["promotions", "Promotions", (it) => it.promotions,
    "Times that the dirty map became the read snapshot. Nothing is copied then."],
  ["acquisitions", "Lock taken", (it) => it.contention?.acquisitions,
    "Times that a call took a lock. With SyncMap, a look-up in the read snapshot takes none."],
  ["contended", "Lock waited for", (it) => it.contention?.contended,
    "How many of these calls found the lock taken, and had to wait."],
  ["waited", "Time waited", (it) => it.contention?.waited_ns,
    "How long all calls together waited for the lock."],
];
const MAPS = {
  sync: "SyncMap, readmostly's port of Go's sync.Map",
  rwlock: "a HashMap in one RwLock",
  dashmap: "DashMap, a HashMap in many locked parts",
};

function time(nanoseconds) {
  for (const [unit, many] of [["s", 1e9], ["ms", 1e6], ["µs", 1e3]]) {
    if (nanoseconds >= many) return `${(nanoseconds / many).toPrecision(3)} ${unit}`;
  }
  return `${nanoseconds} ns`;
}

const written = (id, value) => (id === "waited" ? time(value) : number.format(value));

/** Shows the numbers, and calls `seen(answer)` for each answer. */
export class Inside {
  #cells = new Map();
  #before = null;
  #turn = 0;
  #seen;

  constructor(seen) {
    this.#seen = seen;
    const list = document.getElementById("inside-numbers");
    for (const [id, label, , explanation] of NUMBERS) {
      const make = (tag, name, text = "") => {
        const element = document.createElement(tag);
        element.className = name;
        element.textContent = text;
        return element;
      };
      const group = make("div", "number");
      const value = make("dd", "figure");
      const figure = make("span", "now", "–");
      const rate = make("span", "rate");
      value.append(figure, rate);
      group.append(make("dt", "", label), value, make("dd", "why", explanation));
      list.append(group);
      this.#cells.set(id, { figure, rate });
    }
    const wide = matchMedia("(min-width: 1000px)");
    const fold = () => { document.getElementById("inside-more").open = wide.matches; };
    wide.addEventListener("change", fold);
    fold();
  }

  start() {
    this.stop();
    this.#poll(this.#turn);
  }

  stop() {
    this.#turn++;
    this.#before = null;
  }

  async #poll(turn) {
    try {
      const answer = await inside();
      if (turn === this.#turn) this.#show(answer);
    } catch (error) {
      if (turn === this.#turn) document.getElementById("inside-map").textContent = error.message;
    }
    setTimeout(() => turn === this.#turn && this.#poll(turn), 1000);
  }

  #show(answer) {
    document.getElementById("inside-map").textContent = `The registry stands on ${MAPS[answer.map] ?? answer.map}.`;
    const line = [];
    for (const [id, label, of] of NUMBERS) {
      const { figure, rate } = this.#cells.get(id);
      const value = of(answer);
      const there = Number.isFinite(value);
      figure.textContent = there ? written(id, value) : "none";
      const more = there && this.#before ? value - of(this.#before) : 0;
      rate.textContent = more ? `${more > 0 ? "+" : "−"}${written(id, Math.abs(more))}` : "";
      if (there && line.length < 4) line.push(`${label.toLowerCase()} ${written(id, value)}`);
    }
    document.getElementById("inside-line").textContent = line.join(" · ") || "this map has none of these numbers";
    this.#before = answer;
    this.#seen(answer);
  }
}
