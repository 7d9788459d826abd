// The stream of changes, over connections that end: the browser reconnects by itself; where it
// does not, this file finds out why.

import { parse, whyNoEvents } from "./api.mjs";

const LONGEST_WAIT = 15;
const MOST_BEHIND = 5;

export class Live {
  #heard;
  #state;
  #lost;
  #source = null;
  #timer = 0;
  #wait = 1;
  #after = null;
  #paused = false;
  #behind = { after: null, times: 0 };

  /** Calls `heard(kind, data)` for each change, `state(word)`, and `lost(problem)` at a gap. */
  constructor({ heard, state, lost }) {
    this.#heard = heard;
    this.#state = state;
    this.#lost = lost;
  }

  /** Follows the changes after this version. */
  follow(version) {
    this.#after = version;
    this.#open();
  }

  /** A browser has few connections to a server: a hidden page gives its own back. */
  pause() {
    this.#paused = true;
    this.#close();
  }

  resume() {
    this.#paused = false;
    if (this.#after !== null) this.#open();
  }

  /**
   * The registry has this version by now. A stream that stays behind although its connection
   * seems to be there is opened anew: the browser does not notice that a network is gone.
   */
  compare(version) {
    const after = this.#after;
    const isStill = after === this.#behind.after && after !== null && after < version;
    this.#behind = { after, times: isStill ? this.#behind.times + 1 : 0 };
    if (this.#behind.times < MOST_BEHIND) return;
    this.#behind.times = 0;
    this.#open();
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    this.#close();
    if (this.#paused) return;
    this.#state("connecting");
    const source = new EventSource(`/v1/events?after=${this.#after}`);
    this.#source = source;
    source.onopen = () => {
      this.#wait = 1;
      this.#state("live");
    };
    source.onerror = () => this.#failed(source);
    for (const kind of ["put", "delete"]) {
      source.addEventListener(kind, (event) => {
        this.#after = Number(event.lastEventId);
        this.#heard(kind, parse(event.data));
      });
    }
    source.addEventListener("dropped", (event) => this.#loseTrack(parse(event.data)));
  }

  #loseTrack(problem) {
    this.#close();
    this.#after = null;
    this.#lost(problem);
  }

  async #failed(source) {
    if (source !== this.#source) return;
    this.#state("away");
    if (source.readyState !== EventSource.CLOSED) return;
    const why = await whyNoEvents(this.#after);
    if (source !== this.#source) return;
    // Too old, or of another life of the registry: the list is the way back.
    if (why?.status === 410 || why?.status === 400) return this.#loseTrack(why.problem);
    const seconds = why?.problem.wait || this.#wait;
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
    if (why?.status === 503) this.#state("full");
    this.#timer = setTimeout(() => this.#open(), 1000 * seconds);
  }
}
