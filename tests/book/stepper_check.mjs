// Checks docs/stepper.html in a headless Chromium, without a network:
//
//   npm install --prefix target/node playwright-core@1 axe-core@4
//   node tests/book/stepper_check.mjs            # docs/stepper.html
//   node tests/book/stepper_check.mjs PAGE DIR   # another page; screenshots go to DIR
//
// It goes through every scenario and every outcome by keyboard, to the end and back, at three
// widths and in both themes. It fails if a text differs on the way back, if two steps that follow
// each other look alike, if a sentence is never told, if something overflows, if axe-core finds a
// violation, or if the page writes to the console or asks for anything but itself.

import { createRequire } from "node:module";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const packages = join(root, "target/node/node_modules");
const browserPath = "/usr/bin/chromium";
for (const [what, path, how] of [
  ["playwright-core", join(packages, "playwright-core"), "npm install --prefix target/node playwright-core@1 axe-core@4"],
  ["axe-core", join(packages, "axe-core"), "npm install --prefix target/node playwright-core@1 axe-core@4"],
  ["Chromium", browserPath, "apt-get install chromium"],
]) {
  if (!existsSync(path)) {
    console.error(`${what} is missing: ${how}`);
    process.exit(1);
  }
}
const require = createRequire(join(packages, "x"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const page = resolve(process.argv[2] ?? join(root, "docs/stepper.html"));
const pictures = process.argv[3];
const address = pathToFileURL(page).href;
const data = JSON.parse(
  /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(readFileSync(page, "utf8"))[1],
);

const sizes = [[320, 640], [390, 844], [1280, 830]];
const themes = ["light", "dark"];
const problems = [];
const told = new Set();

/** Goes through one run inside the page, by key events, to the end and back. */
function walk({ hash, steps, measure }) {
  const text = (id) => document.getElementById(id).textContent;
  const seen = () => ({
    sentence: text("sentence"),
    twin: text("twin"),
    picture: document.getElementById("picture").textContent,
    now: document.querySelector("#code .now")?.textContent ?? "",
    place: text("place"),
    count: text("count"),
    over: measure ? document.documentElement.scrollWidth - innerWidth : 0,
  });
  const press = (key) =>
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  history.replaceState(null, "", hash);
  dispatchEvent(new HashChangeEvent("hashchange"));
  const there = [seen()];
  for (let step = 0; step < steps; step++) {
    press("ArrowRight");
    there.push(seen());
  }
  const back = [seen()];
  for (let step = 0; step < steps; step++) {
    press("ArrowLeft");
    back.unshift(seen());
  }
  press("End");
  const verdict = document.getElementById("verdict").hidden ? "" : text("verdict");
  const end = text("count");
  press("Home");
  return { there, back, verdict, end, start: text("count") };
}

/** What no visitor should meet: too small targets, boxes that are wider than the page. */
function faults({ touch }) {
  const found = [];
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) found.push(`${over} pixels wider than the window`);
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const box = element.getBoundingClientRect();
    if (box.width && (box.right > innerWidth + 1 || box.left < -1) && !element.closest(".vh, svg")) {
      found.push(`${element.tagName} ${element.id || element.className} sticks out`);
    }
  }
  if (touch) {
    for (const element of document.querySelectorAll("button, select, input")) {
      const box = element.getBoundingClientRect();
      if (box.width && (box.height < 43.5 || box.width < 43.5)) {
        found.push(`${element.textContent.trim() || element.id || element.getAttribute("aria-label")} is ${box.width} × ${box.height}`);
      }
    }
  }
  const footer = document.querySelector("footer").getBoundingClientRect();
  if (Math.abs(footer.bottom - innerHeight) > 2) found.push("the controls are not at the bottom");
  return found;
}

async function check(browser, [width, height], theme, index) {
  const where = `${width} ${theme}`;
  const problem = (text) => problems.push(`${where}: ${text}`);
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: theme, offline: true, reducedMotion: "reduce",
  });
  const tab = await context.newPage();
  tab.on("console", (message) => problem(`console: ${message.text()}`));
  tab.on("pageerror", (error) => problem(`error: ${error}`));
  tab.on("request", (request) => {
    if (!request.url().startsWith("file:")) problem(`asks for ${request.url()}`);
  });
  await tab.goto(address);

  const accessible = async (state) => {
    const { violations } = await tab.evaluate(() => globalThis.axe.run());
    for (const it of violations) {
      problem(`${state}: axe: ${it.id}: ${it.help}: ${it.nodes[0].target.join(" ")} ${it.nodes[0].html.slice(0, 120)}`);
    }
  };
  const picture = async (name) => {
    if (pictures) await tab.screenshot({ path: join(pictures, `${name}-${width}-${theme}.png`) });
  };
  // Through the debugger's protocol, as the page's policy lets no script in.
  await tab.evaluate(axe);

  for (const [number, scenario] of data.scenarios.entries()) {
    const runs = scenario.runs.map((run, at) => [run, `#s=${scenario.id}&o=${at + 1}&step=0`]);
    if (scenario.broken) runs.push([scenario.broken, `#s=${scenario.id}&o=1&b=1&step=0`]);
    for (const [run, hash] of runs) {
      const steps = run.steps.length;
      const { there, back, verdict, end, start } = await tab.evaluate(walk, { hash, steps, measure: true });
      const state = `${hash.slice(1)}`;
      if (JSON.stringify(there) !== JSON.stringify(back)) problem(`${state}: not the same on the way back`);
      there.forEach((it, step) => {
        if (it.count !== `${step} / ${steps}`) problem(`${state}: step ${step} says ${it.count}`);
        if (it.over > 0) problem(`${state}: step ${step} is ${it.over} pixels too wide`);
        if (!it.twin || !it.sentence) problem(`${state}: step ${step} says nothing`);
        const before = there[step - 1];
        if (before && ["sentence", "picture", "now"].every((part) => before[part] === it[part])) {
          problem(`${state}: step ${step} looks like the one before`);
        }
      });
      if (!verdict.includes(run === scenario.broken ? "Must not be" : "Allowed")) problem(`${state}: the verdict is "${verdict}"`);
      if (end !== `${steps} / ${steps}` || start !== `0 / ${steps}`) problem(`${state}: End and Home go to ${end}, ${start}`);
      for (const step of run.steps) told.add(step[4]);
    }
    await tab.keyboard.press("End");
    for (const fault of await tab.evaluate(faults, { touch: width < 760 })) problem(`${scenario.id}: ${fault}`);
    if (number % (sizes.length * themes.length) === index) await accessible(scenario.id);
    if (number < 2) await picture(`${scenario.id}-end`);
  }

  // With real keys: a broken run, the question, the list of keys.
  const first = data.scenarios.find((it) => it.broken) ?? data.scenarios[0];
  const go = async (hash) => {
    await tab.goto("about:blank");
    await tab.goto(address + hash);
    await tab.evaluate(axe);
  };
  const read = (id) => tab.textContent(`#${id}`);
  await go(`#s=${first.id}&step=3`);
  if (!(await read("count")).startsWith("3 /")) problem("a link to a step does not lead there");
  await accessible("a step");
  await picture("step");
  for (const [key, count] of [["ArrowRight", 4], ["ArrowLeft", 3], ["End", first.runs[0].steps.length], ["Home", 0]]) {
    await tab.keyboard.press(key);
    if (!(await read("count")).startsWith(`${count} /`)) problem(`${key} leads to ${await read("count")}`);
  }
  await tab.keyboard.press("]");
  const change = Number((await read("count")).split(" ")[0]);
  const actors = first.runs[0].steps.map((step) => step[0]);
  const expected = actors.findIndex((actor, at) => at > 0 && actor !== actors[at - 1]) + 1;
  if (first.threads > 1 && change !== expected) problem(`] leads to ${change}, not ${expected}`);
  await tab.keyboard.press("[");
  if (!(await read("count")).startsWith("0 /")) problem("[ does not lead back");
  if (first.runs.length > 1) {
    await tab.keyboard.press("2");
    await tab.waitForFunction(() => location.hash.includes("o=2"));
    await tab.keyboard.press("1");
  }
  if (first.broken) {
    await tab.keyboard.press("b");
    await tab.keyboard.press("End");
    if (!(await read("verdict")).includes("Must not be")) problem("B does not show the broken code");
    await accessible("the broken code");
    await picture("broken");
    for (const fault of await tab.evaluate(faults, { touch: width < 760 })) problem(`broken: ${fault}`);
    await tab.keyboard.press("b");
  }
  await tab.keyboard.press("Home");
  await tab.keyboard.press("p");
  await tab.keyboard.press("ArrowRight");
  if (!(await tab.isVisible("#question"))) problem("P does not ask");
  if (await tab.evaluate(() => document.querySelector('#lanes [data-step="1"]').textContent.includes("("))) problem("the next step is not hidden");
  await accessible("a question");
  await picture("question");
  await tab.keyboard.press("1");
  if (!(await read("count")).startsWith("1 /")) problem("an answer does not lead on");
  await tab.keyboard.press("End");
  if (!(await read("count")).startsWith("1 /")) problem("End shows what was not predicted");
  await tab.keyboard.press("p");
  await tab.keyboard.press("?");
  if (!(await tab.isVisible("#keys"))) problem("? shows no list of keys");
  await accessible("the keys");
  await picture("keys");
  await tab.keyboard.press("Escape");
  await tab.keyboard.press("t");
  if ((await tab.getAttribute("html", "data-theme")) !== "light") problem("T does not change the theme");

  // The focus can be seen wherever the Tab key leads.
  await go("");
  for (let stop = 0; stop < 14; stop++) {
    await tab.keyboard.press("Tab");
    const invisible = await tab.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      return document.activeElement !== document.body && (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2)
        ? document.activeElement.outerHTML.slice(0, 80) : "";
    });
    if (invisible) problem(`the focus cannot be seen on ${invisible}`);
  }
  const moving = await tab.evaluate(() => [...document.querySelectorAll("*")].filter((it) => getComputedStyle(it).transitionDuration !== "0s").length);
  if (moving) problem(`${moving} elements move although the reader wants no motion`);

  await tab.emulateMedia({ forcedColors: "active" });
  await go(`#s=${first.id}&step=4`);
  await accessible("forced colours");
  await picture("forced");
  await tab.emulateMedia({ forcedColors: "none", media: "print" });
  const printed = await tab.evaluate(() => ({
    table: document.querySelector("#printed table").getBoundingClientRect().height > 0,
    main: document.querySelector("main").getBoundingClientRect().height,
    columns: document.querySelectorAll("#printed thead th").length,
    rows: document.querySelectorAll("#printed tbody tr").length,
  }));
  if (!printed.table || printed.main > 0) problem("print shows the screen");
  if (printed.columns !== first.threads + 2) problem(`print has ${printed.columns} columns`);
  if (printed.rows !== first.runs[0].steps.length + 1) problem(`print has ${printed.rows} rows`);
  if (pictures && width === 1280 && theme === "light") await tab.pdf({ path: join(pictures, "print.pdf"), format: "A4" });
  await context.close();
}

const begin = Date.now();
if (pictures) mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: browserPath,
  args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
  ],
});
try {
  const all = sizes.flatMap((size) => themes.map((theme) => [size, theme]));
  // Two at a time.
  const queue = all.map(([size, theme], index) => () => check(browser, size, theme, index));
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await next();
  };
  await Promise.all([worker(), worker()]);
} finally {
  await browser.close();
}
data.templates.forEach((head, index) => {
  const whole = data.scenarios.length > 2;
  if (whole && !told.has(index)) problems.push(`no step is told by the sentence "${head}"`);
});
const runs = data.scenarios.reduce((sum, it) => sum + it.runs.length + (it.broken ? 1 : 0), 0);
console.log(`${data.scenarios.length} scenarios, ${runs} schedules, ${((Date.now() - begin) / 1000).toFixed(0)} s`);
for (const text of problems) console.error(text);
process.exitCode = problems.length ? 1 : 0;
