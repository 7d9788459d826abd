// The flags that the page shows: a run of names in order, kept current by events. No DOM.
//
// The run has the names that begin with `prefix`, come after `from` (null: from the first one),
// and do not come after `next` (null: to the last one).

import { compare } from "./api.mjs";

/** More rows than this are never in the page at once. */
export const MOST = 1000;

export class Flags {
  prefix = "";
  from = null;
  next = null;
  names = [];
  #flags = new Map();
  #deleted = new Map();
  #version = 0;

  get(name) {
    return this.#flags.get(name);
  }

  get full() {
    return this.names.length >= MOST;
  }

  /** Begins again, with the first page of an answer. */
  reset(prefix, from, page) {
    Object.assign(this, { prefix, from, names: [], next: page.next });
    this.#flags.clear();
    this.#deleted.clear();
    this.#version = page.version;
    this.#take(page);
  }

  /** Adds the page that follows. */
  extend(page) {
    this.next = page.next;
    this.#take(page);
  }

  #take(page) {
    for (const flag of page.flags) this.#set(flag);
  }

  /** Takes a change in. Says whether a row changes for it. */
  put(flag) {
    return flag.version > this.#version && this.#covers(flag.name) && this.#set(flag);
  }

  delete({ name, version }) {
    this.#remember(name, version);
    if (!(this.get(name)?.version < version)) return false;
    this.#flags.delete(name);
    this.names.splice(this.place(name), 1);
    return true;
  }

  /** Where the name stands among the names, or would stand. */
  place(name) {
    let [low, high] = [0, this.names.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.names[middle], name) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #covers(name) {
    return name.startsWith(this.prefix)
      && (this.from === null || compare(name, this.from) > 0)
      && (this.next === null || compare(name, this.next) <= 0);
  }

  #set(flag) {
    const { name, version } = flag;
    // An answer to a write of this page can be faster than the events before it.
    if (this.#deleted.get(name) >= version) return false;
    const old = this.get(name);
    if (old && old.version >= version) return false;
    this.#flags.set(name, flag);
    if (old) return true;
    this.names.splice(this.place(name), 0, name);
    if (this.names.length > MOST) {
      this.#flags.delete(this.names.pop());
      this.next = this.names.at(-1);
    }
    return true;
  }

  #remember(name, version) {
    this.#deleted.delete(name);
    this.#deleted.set(name, version);
    if (this.#deleted.size > MOST) this.#deleted.delete(this.#deleted.keys().next().value);
  }
}
