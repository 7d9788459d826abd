// The dialog that creates, changes and deletes one flag. It writes with the version that it
// shows; when somebody else was faster it shows both values, and keeps what was typed.

import { parse, put, quote, read, remove, size, write } from "./api.mjs";
import { ago } from "./rows.mjs";

// The field that an error of the registry is about.
const FIELDS_OF_EDIT = { "value-too-large": "value", "body-too-large": "value", "invalid-json": "value" };
const FIELDS = { ...FIELDS_OF_EDIT, "invalid-name": "new-name" };
const part = (id) => document.getElementById(id);

export class Editor {
  #dialog = part("editor");
  // `flag` is the one that the text began with, null for a new one; `theirs` is what the
  // server has by now (null: none), if that is something else, and `newest` the newest version
  // that is known; `intent` is what was or would be refused.
  #open = null;
  #back = null;
  #tell;
  #done;
  #near;

  /**
   * `tell(text)` says something on the page; `done(kind, data)` takes the change in;
   * `near(control)` is the row of a control, or one beside it.
   */
  constructor({ tell, done, near }) {
    this.#tell = tell;
    this.#done = done;
    this.#near = near;
    part("editor-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(this.#open.flag?.version ?? null);
    });
    part("cancel").addEventListener("click", () => this.#dialog.close());
    part("overwrite").addEventListener("click", () => this.#overwrite());
    part("delete").addEventListener("click", () => this.#ask(true));
    part("confirm-no").addEventListener("click", () => this.#ask(false));
    part("confirm-yes").addEventListener("click", () => this.#delete(this.#open.flag.version));
    part("value").addEventListener("input", () => this.#typed());
    part("new-name").addEventListener("input", () => this.#nameTyped());
    this.#dialog.addEventListener("close", () => this.#closed());
  }

  create() {
    this.#show({ flag: null, name: "" });
    part("new-name").value = "";
    part("new-name").focus();
  }

  edit(flag) {
    this.#show({ flag, name: flag.name });
    this.#text(write(flag.value, 2));
    part("value").focus();
    part("value").setSelectionRange(0, 0);
  }

  /** Shows a change that was refused: `json` is what was to be written over `flag`. */
  async refused(flag, json) {
    this.#show({ flag, name: flag.name });
    this.#text(json);
    await this.#conflict("write");
  }

  /** A change of some flag came by the stream. */
  seen(kind, data) {
    const open = this.#open;
    if (!open || data.name !== open.name || open.busy || data.version <= open.newest) return;
    if (!open.flag && open.theirs === undefined) return;
    open.newest = data.version;
    this.#showTheirs(kind === "put" ? data : null, open.intent);
  }

  #show({ flag, name }) {
    this.#back ??= document.activeElement;
    this.#open = { flag, name, theirs: undefined, newest: flag?.version ?? 0, intent: "write", busy: false };
    part("editor-title").textContent = flag ? "Edit flag" : "New flag";
    part("editor-flag").hidden = !flag;
    part("editor-new").hidden = Boolean(flag);
    part("delete").hidden = !flag;
    part("editor-name").textContent = name;
    part("editor-version").textContent = flag ? `Version ${flag.version}, changed ${ago(flag.changed, Date.now())}` : "";
    part("save").textContent = flag ? "Save" : "Create";
    part("value-label").textContent = "Value, as JSON";
    this.#showConflict(false);
    this.#text(flag ? "" : "true");
    this.#ask(false, { focus: false });
    this.#fault("");
    this.#busy(false);
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #text(text) {
    part("value").value = text;
    this.#typed();
  }

  #typed() {
    const bytes = size(this.#compact() ?? part("value").value);
    part("value-size").textContent = `${bytes.toLocaleString("en")} ${bytes === 1 ? "byte" : "bytes"}`;
    this.#fault("");
  }

  #nameTyped() {
    this.#open.name = part("new-name").value;
    this.#open.theirs = undefined;
    this.#showConflict(false);
    this.#fault("");
  }

  /** The typed value without blanks between its parts; undefined if it is no JSON. */
  #compact() {
    try {
      return write(parse(part("value").value));
    } catch {
      return undefined;
    }
  }

  #fault(text, field = null) {
    part("editor-error").textContent = text;
    for (const id of ["value", "new-name"]) {
      if (id === field) part(id).setAttribute("aria-invalid", "true");
      else part(id).removeAttribute("aria-invalid");
    }
    if (field) part(field).focus();
  }

  #save(version) {
    const { name } = this.#open;
    const json = this.#compact();
    if (!name) return this.#fault("The flag needs a name.", "new-name");
    if (json === undefined) return this.#fault(this.#whyNoJson(), "value");
    return this.#send("write", async () => {
      const flag = await put(name, json, { version, durable: part("editor-durable").checked });
      return ["put", flag, `${quote(name)} is written. It has version ${flag.version}.`];
    });
  }

  #whyNoJson() {
    const text = part("value").value.trim();
    if (!text) return "The value is empty. Write null for a flag without a value.";
    if (/^[\p{L}_]/u.test(text)) return `The value is not JSON. A text needs quotes: ${write(text.slice(0, 40).toWellFormed())}`;
    try {
      parse(text);
    } catch (error) {
      return `The value is not JSON: ${error.message}`;
    }
  }

  #delete(version) {
    const { name } = this.#open;
    return this.#send("delete", async () => {
      const deletion = await remove(name, { version, durable: part("editor-durable").checked });
      return ["delete", { name, version: deletion }, `${quote(name)} is deleted.`];
    });
  }

  /** Writes over what somebody else has written, if that is still there. */
  #overwrite() {
    const { theirs, intent } = this.#open;
    return intent === "delete" ? this.#delete(theirs.version) : this.#save(theirs?.version ?? null);
  }

  async #send(intent, request) {
    const open = this.#open;
    if (open.busy) return;
    this.#busy(true);
    this.#fault("");
    try {
      const [kind, data, words] = await request();
      if (open === this.#open) this.#dialog.close();
      this.#done(kind, data);
      this.#tell(words);
    } catch (error) {
      if (open !== this.#open) return this.#tell(error.message, "bad");
      this.#busy(false);
      if (error.status === 412) await this.#conflict(intent);
      else this.#fault(error.message, open.flag ? FIELDS_OF_EDIT[error.code] : FIELDS[error.code]);
    }
  }

  async #conflict(intent) {
    const open = this.#open;
    try {
      const theirs = await read(open.name);
      if (open === this.#open) this.#showTheirs(theirs, intent);
    } catch (error) {
      if (open === this.#open) this.#fault(`Somebody else was faster, and nothing is written. ${error.message}`);
    }
  }

  #showTheirs(theirs, intent) {
    const open = this.#open;
    Object.assign(open, { theirs, intent, newest: Math.max(open.newest, theirs?.version ?? 0) });
    const deletes = intent === "delete";
    const nothing = deletes ? "Nothing is deleted." : "Your value is not written, and not lost.";
    part("conflict-title").textContent = open.flag ? "Somebody else was faster" : "A flag with this name exists";
    const now = theirs ? `It has version ${theirs.version} now.` : "It is deleted now.";
    part("conflict-words").textContent = theirs || !deletes ? `${now} ${nothing}` : now;
    part("conflict-label").hidden = part("conflict-value").hidden = !theirs;
    part("conflict-value").textContent = theirs ? write(theirs.value, 2) : "";
    part("overwrite").hidden = deletes && !theirs;
    part("overwrite").textContent = deletes ? `Delete version ${theirs?.version}` : theirs ? `Write mine over version ${theirs.version}` : "Create it again with mine";
    part("value-label").textContent = deletes ? "Value that you saw, as JSON" : "Yours, as JSON";
    this.#ask(false, { focus: false });
    this.#fault("");
    this.#showConflict(true);
    part("editor-spoken").textContent = `${part("conflict-title").textContent}. ${part("conflict-words").textContent}`;
  }

  /** What would be refused for sure is not offered. */
  #showConflict(is) {
    part("conflict").hidden = !is;
    part("save").hidden = is;
    // Who types goes on; the button of who does not may be gone.
    if (is && !document.activeElement.matches("input, textarea")) part("conflict").focus();
  }

  #ask(confirming, { focus = true } = {}) {
    part("confirm").hidden = !confirming;
    part("editor-buttons").hidden = confirming;
    if (focus) part(confirming ? "confirm-no" : "delete").focus();
  }

  #busy(is) {
    this.#open.busy = is;
    part("editor-form").ariaBusy = is;
    part("save").ariaDisabled = is;
  }

  #closed() {
    // The browser gives the focus back first, and tells of it later: a quick hand has opened the
    // dialog again by then.
    if (this.#dialog.open) return;
    this.#open = null;
    const back = this.#back;
    this.#back = null;
    // The row of the control may be gone: the stream can tell of a deletion before the answer.
    (back?.isConnected ? back : this.#near(back) ?? part("create")).focus();
  }
}
