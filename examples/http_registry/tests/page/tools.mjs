// Starts servers and browsers for page.mjs, and notes what no page of ours may do.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A wait that is as long as this has failed. It bounds no speed. */
export const LIMIT = 1000 * Number(process.env.PAGE_WAIT_SECONDS ?? 60);

// Also a check that takes this program down leaves no server behind.
const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A registry of its own, with its own folder. */
export class Server {
  #program;
  #process;
  #listen = "127.0.0.1:0";
  #data = mkdtempSync(join(tmpdir(), "http_registry-page-"));

  constructor(program, args) {
    this.#program = [program, args];
  }

  /** Starts it. After a stop: at the address that it had. */
  async start() {
    const [program, args] = this.#program;
    const child = spawn(program, ["--listen", this.#listen, "--data", this.#data, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    this.#process = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    this.address = await new Promise((resolve, reject) => {
      let said = "";
      child.once("exit", (code) => reject(new Error(`the server ended (${code}): ${said}`)));
      child.stdout.on("data", (data) => {
        said += data;
        const found = /listening on (http:\S+)\n/.exec(said);
        if (found) resolve(found[1]);
      });
    });
    this.#listen = this.address.slice("http://".length);
    return this;
  }

  async stop() {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async remove() {
    await this.stop();
    rmSync(this.#data, { recursive: true, force: true });
  }

  /** A second client: a request, and the answer's JSON. */
  async ask(method, path, body, headers = {}) {
    const answer = await fetch(this.address + path, { method, body, headers: { "content-type": "application/json", ...headers } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  put(name, value) {
    return this.ask("PUT", `/v1/flags/${encodeURIComponent(name)}`, JSON.stringify(value));
  }

  delete(name) {
    return this.ask("DELETE", `/v1/flags/${encodeURIComponent(name)}`);
  }

  async value(name) {
    return (await this.ask("GET", `/v1/flags/${encodeURIComponent(name)}`)).value;
  }

  /** Waits until the registry's inside is so. */
  async inside(is) {
    const end = Date.now() + LIMIT;
    for (;;) {
      const inside = await this.ask("GET", "/v1/inside");
      if (is(inside)) return inside;
      if (Date.now() > end) throw new Error(`the inside stayed ${JSON.stringify(inside)}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export function load(modules) {
  const require = createRequire(join(modules, "x"));
  return { chromium: require("playwright-core").chromium, axe: require.resolve("axe-core/axe.min.js") };
}

export const launch = (chromium, executablePath) => chromium.launch({
  executablePath,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});

/**
 * Opens the page. `problems` gets what the page must not do. `expected` are the browser's lines
 * about refusals that are part of a check.
 */
export async function open(browser, server, { problems, expected = [], width = 1280, height = 900, theme = "light", before = () => {} }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, reducedMotion: "reduce", permissions: [] });
  context.setDefaultTimeout(LIMIT);
  const page = await context.newPage();
  page.on("console", (message) => {
    const text = `${message.text()} ${message.location().url}`;
    if (!expected.some((it) => it.test(text))) problems.push(`console: ${text}`);
  });
  page.on("pageerror", (error) => problems.push(`error: ${error.stack}`));
  page.on("dialog", (dialog) => {
    problems.push(`a script of a flag ran: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${server.address}/`)) problems.push(`asks for ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await before(page);
  await page.goto(`${server.address}/`);
  return page;
}

/** Waits until the page follows changes. */
export const live = (page) => page.locator('#connection[data-state="live"]').waitFor();

/** The row of a flag. */
export const row = (page, name) => page.locator("#rows tr").filter({ has: page.locator("bdi").getByText(name, { exact: true }) });

/** Waits until `of()` gives `wanted`. */
export async function until(what, of, wanted) {
  const end = Date.now() + LIMIT;
  let seen;
  do {
    seen = await of();
    if (JSON.stringify(seen) === JSON.stringify(wanted)) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  } while (Date.now() < end);
  throw new Error(`${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
}

export function same(what, seen, wanted) {
  if (JSON.stringify(seen) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
}
