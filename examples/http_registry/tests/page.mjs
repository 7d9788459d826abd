// Drives the page of http_registry in a headless Chromium, against the real server:
//
//     node examples/http_registry/tests/page.mjs SERVER MODULES PICTURES [PART OF A NAME]
//
// SERVER is the program, MODULES the folder with playwright-core and axe-core, PICTURES where
// screenshots go. It fails if a check does, if the page writes to the console, breaks its policy
// or asks for anything elsewhere, if something overflows, or if axe-core finds a violation.

import { existsSync, mkdirSync } from "node:fs";
import { conflicts } from "./page/conflicts.mjs";
import * as list from "./page/list.mjs";
import { looks } from "./page/looks.mjs";
import { model } from "./page/model.mjs";
import * as streams from "./page/streams.mjs";
import { launch, load, open, Server } from "./page/tools.mjs";
import { writes } from "./page/writes.mjs";

const [program, modules, pictures, only = ""] = process.argv.slice(2);
const executable = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
mkdirSync(pictures, { recursive: true });
const { chromium, axe } = load(modules);
const browser = await launch(chromium, executable);

const checks = { ...model, ...list.list, ...writes, ...conflicts, ...streams.streams, ...looks };
const options = { ...list.options, ...streams.options };
let passed = 0;
let failed = 0;

async function run(name, check) {
  const problems = [];
  const server = await new Server(program, options[name] ?? []).start();
  const pages = [];
  try {
    await check({
      server, axe, pictures, problems,
      open: async (more = {}) => {
        const page = await open(browser, server, { problems, ...more });
        pages.push(page);
        return page;
      },
    });
  } catch (error) {
    problems.push(error.stack);
  }
  for (const page of pages) await page.context().close();
  await server.remove();
  if (problems.length) failed++;
  else passed++;
  console.log(`${problems.length ? "FAILED" : "ok"}: ${name}`);
  for (const problem of problems) console.error(`    ${problem}`);
}

try {
  for (const [name, check] of Object.entries(checks)) {
    if (name.includes(only)) await run(name, check);
  }
} finally {
  await browser.close();
}
console.log(`page: ${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
