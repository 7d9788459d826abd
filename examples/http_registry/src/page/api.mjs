// Requests to the registry, and JSON whose numbers keep the digits that were sent.

/** The registry refused a request, or did not answer it (status 0). */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? `The server answered with the status ${problem.status}.`);
    this.status = problem.status;
    this.code = problem.code ?? "";
    this.problem = problem;
  }
}

/** Parses JSON. A number that JavaScript would round keeps its digits. */
export function parse(text) {
  return JSON.parse(text, (_, value, context) => {
    const source = context?.source;
    const exact = typeof value !== "number" || source === undefined || String(value) === source;
    return exact || !JSON.rawJSON ? value : JSON.rawJSON(source);
  });
}

/** Writes JSON, with the digits that `parse` kept. */
export const write = (value, indent) => JSON.stringify(value, null, indent);

const bytes = new TextEncoder();
/** The number of bytes of a text that is sent. */
export const size = (text) => bytes.encode(text).length;

/** Two names in the order of the registry: by code points, not by UTF-16 units. */
export function compare(left, right) {
  let at = 0;
  while (at < left.length && at < right.length) {
    const [a, b] = [left.codePointAt(at), right.codePointAt(at)];
    if (a !== b) return a - b;
    at += a > 0xffff ? 2 : 1;
  }
  return left.length - right.length;
}

/** A name in a sentence. The signs around it keep its writing direction to itself. */
export const quote = (name) => `“\u2068${name}\u2069”`;

function address(name) {
  // A browser takes these two for steps in a path, however they are written.
  if (name === "." || name === "..") {
    throw new Refused({ status: 0, code: "invalid-name", detail: `A browser cannot send the name ${quote(name)}.` });
  }
  if (!name.isWellFormed()) {
    throw new Refused({ status: 0, code: "invalid-name", detail: "The name has half of a surrogate pair." });
  }
  return `/v1/flags/${encodeURIComponent(name)}`;
}

async function problemOf(answer) {
  try {
    return { ...parse(await answer.text()), status: answer.status };
  } catch {
    return { status: answer.status };
  }
}

async function ask(path, { write: isWrite = false, ...options } = {}) {
  try {
    const answer = await fetch(path, { cache: "no-store", ...options });
    if (!answer.ok) throw new Refused(await problemOf(answer));
    return { text: await answer.text(), version: Number(answer.headers.get("etag")?.slice(1, -1)) };
  } catch (error) {
    if (error instanceof Refused || error.name === "AbortError") throw error;
    const unknown = isWrite ? " Whether it has made the change is not known." : "";
    throw new Refused({ status: 0, code: "no-answer", detail: `The server does not answer.${unknown}` });
  }
}

const only = (version) => (version === null ? { "if-none-match": "*" } : { "if-match": `"${version}"` });
const durably = (durable) => (durable ? "?durable=true" : "");

export async function list({ prefix, after, limit, signal }) {
  const query = new URLSearchParams({ limit });
  if (prefix) query.set("prefix", prefix);
  if (after !== null) query.set("after", after);
  return parse((await ask(`/v1/flags?${query}`, { signal })).text);
}

/** The flag, or null if there is none. */
export async function read(name) {
  try {
    return parse((await ask(address(name))).text);
  } catch (error) {
    if (error.status === 404) return null;
    throw error;
  }
}

/** Writes if the flag still has this version. With null: if there is no such flag. */
export async function put(name, json, { version, durable }) {
  const headers = { "content-type": "application/json", ...only(version) };
  const options = { method: "PUT", headers, body: json, write: true };
  return parse((await ask(address(name) + durably(durable), options)).text);
}

/** Deletes the flag if it still has this version. Gives the version of the deletion. */
export async function remove(name, { version, durable }) {
  const options = { method: "DELETE", headers: only(version), write: true };
  return (await ask(address(name) + durably(durable), options)).version;
}

export async function inside() {
  return parse((await ask("/v1/inside")).text);
}

/** Why the registry refuses a stream of events; null if it would give one. */
export async function whyNoEvents(after) {
  const control = new AbortController();
  try {
    const answer = await fetch(`/v1/events?after=${after}`, { cache: "no-store", signal: control.signal });
    if (answer.ok) return null;
    const wait = Number(answer.headers.get("retry-after")) || 0;
    return new Refused({ wait, ...(await problemOf(answer)) });
  } catch {
    return new Refused({ status: 0, code: "no-answer", detail: "The server does not answer." });
  } finally {
    control.abort();
  }
}
