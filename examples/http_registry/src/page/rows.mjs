// The rows of the table. A row stays the same element while its flag is shown, so that the
// focus stays where it is. All texts of the registry come in by `textContent`.

import { write } from "./api.mjs";

const LONGEST_VALUE = 300;
const MARKED_FOR = 4000;

const make = (tag, options = {}, ...inside) => {
  const element = Object.assign(document.createElement(tag), options);
  element.append(...inside);
  return element;
};

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const exact = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

/** How long ago, in words. A clock that runs ahead of ours does not matter. */
export function ago(text, now) {
  const seconds = (now - Date.parse(text)) / 1000;
  if (Number.isNaN(seconds)) return "";
  if (seconds < 10) return "just now";
  for (const [unit, length, below] of [["second", 1, 60], ["minute", 60, 3600], ["hour", 3600, 86400]]) {
    if (seconds < below) return relative.format(-Math.floor(seconds / length), unit);
  }
  return relative.format(-Math.floor(seconds / 86400), "day");
}

/** The beginning of a value, for one or two lines. No string of JSON has a line break. */
function short(value) {
  const text = write(value, 1).replace(/(?<=[[{])\n *|\n *(?=[\]}])/g, "").replace(/\n */g, " ");
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE).toWellFormed()}…` : text;
}

class Row {
  #value = make("td", { className: "value", role: "cell" });
  #version = make("td", { className: "version", role: "cell" });
  #time = make("time");
  #edit;
  #switch = null;
  #toggle;
  isBusy = false;
  markedAt = 0;

  constructor(name, { edit, toggle }) {
    this.#toggle = () => toggle(name);
    this.#edit = make("button", { type: "button", onclick: () => edit(name) }, "Edit", make("span", { className: "unseen", textContent: ` ${name}` }));
    this.#edit.setAttribute("aria-haspopup", "dialog");
    const heading = make("th", { className: "name", scope: "row", role: "rowheader" }, make("bdi", { textContent: name }));
    const changed = make("td", { className: "changed", role: "cell" }, this.#time);
    const act = make("td", { className: "act", role: "cell" }, this.#edit);
    this.element = make("tr", { role: "row" }, heading, this.#value, this.#version, changed, act);
    this.name = name;
  }

  show(flag, now) {
    if (typeof flag.value === "boolean") this.#showSwitch(flag);
    else this.#showText(flag);
    this.#version.textContent = flag.version;
    this.#time.dateTime = flag.changed;
    this.#time.title = Number.isNaN(Date.parse(flag.changed)) ? "" : exact.format(new Date(flag.changed));
    this.age(now);
  }

  #showSwitch({ name, value }) {
    if (!this.#switch) {
      this.#switch = make("button", { type: "button", role: "switch", className: "switch", onclick: this.#toggle },
        make("span", { className: "track", ariaHidden: "true" }),
        make("span", { className: "word", ariaHidden: "true" }),
        make("span", { className: "unseen", textContent: name }));
      this.#value.replaceChildren(this.#switch);
    }
    this.#switch.ariaChecked = value;
    this.#switch.children[1].textContent = value;
  }

  #showText({ value }) {
    const hadFocus = this.#switch && document.activeElement === this.#switch;
    this.#switch = null;
    this.#value.replaceChildren(make("code", { textContent: short(value) }));
    if (hadFocus) this.focus();
  }

  /** Writes how old the change is, if that has changed. */
  age(now) {
    const text = ago(this.#time.dateTime, now);
    if (this.#time.textContent !== text) this.#time.textContent = text;
  }

  mark(now) {
    this.markedAt = now;
    this.element.classList.add("marked");
  }

  unmark() {
    this.markedAt = 0;
    this.element.classList.remove("marked");
  }

  busy(is) {
    this.isBusy = is;
    if (this.#switch) this.#switch.ariaBusy = is;
  }

  focus(onSwitch = false) {
    (onSwitch && this.#switch ? this.#switch : this.#edit).focus();
  }
}

export class Rows {
  #body = document.getElementById("rows");
  #rows = new Map();
  #marked = new Set();
  // Of each row that is gone: the one that was beside it.
  #heirs = new WeakMap();
  #actions;

  constructor(actions) {
    this.#actions = actions;
  }

  get(name) {
    return this.#rows.get(name);
  }

  /** Shows exactly these flags. */
  showAll(flags) {
    for (const name of [...this.#rows.keys()]) if (!flags.get(name)) this.remove(name);
    const now = Date.now();
    flags.names.forEach((name, at) => {
      const row = this.#row(name);
      row.show(flags.get(name), now);
      if (this.#body.children[at] !== row.element) this.#body.insertBefore(row.element, this.#body.children[at] ?? null);
    });
  }

  /** Shows the changes of these names. */
  showChanges(names, flags) {
    const now = Date.now();
    for (const name of names) {
      const flag = flags.get(name);
      if (!flag) {
        this.remove(name);
        continue;
      }
      const isNew = !this.#rows.has(name);
      const row = this.#row(name);
      row.show(flag, now);
      row.mark(now);
      this.#marked.add(row);
      if (isNew) this.#insert(row, flags);
    }
    // An insertion into a full table has pushed the last row out.
    while (this.#rows.size > flags.names.length) this.remove(this.#body.lastElementChild.dataset.name);
  }

  #row(name) {
    let row = this.#rows.get(name);
    if (!row) {
      row = new Row(name, this.#actions);
      row.element.dataset.name = name;
      this.#rows.set(name, row);
    }
    return row;
  }

  #insert(row, flags) {
    let at = flags.place(row.name) + 1;
    // A neighbour of the same burst may not have its row yet.
    while (at < flags.names.length && !this.#rows.get(flags.names[at])?.element.isConnected) at++;
    this.#body.insertBefore(row.element, this.#rows.get(flags.names[at])?.element ?? null);
  }

  remove(name) {
    const row = this.#rows.get(name);
    if (!row) return;
    const hadFocus = row.element.contains(document.activeElement);
    const neighbour = row.element.nextElementSibling ?? row.element.previousElementSibling;
    row.element.remove();
    this.#rows.delete(name);
    this.#marked.delete(row);
    if (neighbour) this.#heirs.set(row.element, neighbour);
    if (hadFocus) this.#focusNear(neighbour);
  }

  /** The row of this control, or the nearest one if that row is gone. */
  near(control) {
    let element = control?.closest("[data-name]");
    while (element && !element.isConnected) element = this.#heirs.get(element);
    return this.#rows.get(element?.dataset.name);
  }

  #focusNear(element) {
    const row = this.#rows.get(element?.dataset.name);
    if (row) row.focus();
    else document.getElementById("prefix").focus();
  }

  /** Once a second: takes off old marks. `all`: writes the ages anew. */
  pass(all) {
    const now = Date.now();
    for (const row of this.#marked) {
      if (now - row.markedAt < MARKED_FOR) continue;
      row.unmark();
      this.#marked.delete(row);
    }
    if (all) for (const row of this.#rows.values()) row.age(now);
  }
}
