// How the page looks, in both themes and at two widths: nothing overflows, axe-core finds no
// violation, and a picture of each state is there to be looked at.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { live, row, same } from "./tools.mjs";

const LONG_NAME = "service/payments/eu-central-1/".padEnd(128, "long");
const LONG_VALUE = { addresses: Array.from({ length: 120 }, (_, at) => `https://10.0.${at}.1:8443`), word: "x".repeat(900) };
const FLAGS = [
  ["checkout/new-button", true], ["checkout/one-page", false], ["dark-mode", true],
  ["limits/api", { burst: 200, per_second: 50 }], ["limits/login", { burst: 5, per_second: 1 }],
  ["service/payments", "https://10.0.3.17:8443"], ["service/search", ["https://10.0.4.2:8443", "https://10.0.4.3:8443"]],
  ["rollout/percent", 25], ["maintenance", false], ["motto", "Read mostly, write now and then."],
  ["<script>alert(1)</script>", false], ["owner", null], [LONG_NAME, LONG_VALUE],
];

/** What no visitor should meet: boxes that stick out, targets that are too small, motion. */
function faults({ touch }) {
  const found = [];
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) found.push(`${over} pixels wider than the window`);
  const root = document.querySelector("dialog[open]") ?? document.body;
  for (const element of root.querySelectorAll("*")) {
    const box = element.getBoundingClientRect();
    if (!box.width || element.closest(".unseen, thead")) continue;
    const name = `${element.tagName} ${element.id || element.className}`;
    if (box.right > innerWidth + 1 || box.left < -1) found.push(`${name} sticks out`);
    const cell = element.closest("#rows td, #rows th")?.getBoundingClientRect();
    if (box.right > cell?.right + 1) found.push(`${name} is wider than its cell`);
    if (element.matches(".value code") && box.height > 50) found.push(`${name} has more than two lines`);
    const small = touch && element.matches("button, textarea, input:not([type=checkbox]), label.check");
    if (small && (box.height < 35.5 || box.width < 35.5)) found.push(`${name} is ${box.width} × ${box.height}`);
  }
  const moving = [...document.querySelectorAll("*")].filter((it) => {
    const style = getComputedStyle(it);
    return style.transitionDuration !== "0s" || style.animationName !== "none";
  });
  if (moving.length) found.push(`${moving.length} elements move although the reader wants no motion`);
  return found;
}

async function look({ server, open, axe, pictures, problems }, width, theme) {
  for (const [name, value] of FLAGS) await server.put(name, value);
  const height = width < 600 ? 844 : 900;
  const page = await open({ width, height, theme, expected: [/Failed to load resource/] });
  // Through the debugger's protocol, as the page's policy lets no script in.
  await page.evaluate(readFileSync(axe, "utf8"));
  const state = async (name) => {
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const it of violations) problems.push(`${name}: axe: ${it.id}: ${it.help}: ${it.nodes[0].target.join(" ")} ${it.nodes[0].html.slice(0, 160)}`);
    for (const fault of await page.evaluate(faults, { touch: width < 600 })) problems.push(`${name}: ${fault}`);
    await page.screenshot({ path: join(pictures, `${name}-${width}-${theme}.png`) });
  };
  await live(page);
  await page.locator("#inside-map:not(:empty)").waitFor();
  await state("list");
  // A row outside of the window is not painted: this window has room for all.
  await page.setViewportSize({ width, height: 2400 });
  await state("whole");
  await page.setViewportSize({ width, height });

  // The colours are those of the theme, not those of a browser without one.
  const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).every((it) => it < 60));
  same("dark", dark, theme === "dark");

  await server.put("dark-mode", false);
  await page.locator(".marked").waitFor();
  await row(page, "checkout/one-page").getByRole("switch").click();
  await page.locator("#message").waitFor();
  await page.mouse.move(0, 0);
  await state("changed");

  await page.getByLabel("Name begins with").fill("nothing of this name");
  await page.locator("#empty").waitFor();
  await state("empty");
  await page.getByLabel("Name begins with").fill("");
  await row(page, "dark-mode").waitFor();

  await row(page, "limits/api").getByRole("button").click();
  await page.locator("#editor").waitFor();
  await state("edit");
  await page.fill("#value", "hello");
  await page.locator("#save").click();
  await page.locator("#editor-error:not(:empty)").waitFor();
  await state("fault");
  await page.fill("#value", '{ "burst": 400 }');
  await server.put("limits/api", { burst: 100, per_second: 50 });
  await page.locator("#conflict").waitFor();
  await state("conflict");
  await page.locator("#delete").click();
  await page.locator("#confirm").scrollIntoViewIfNeeded();
  await state("delete");
  await page.keyboard.press("Escape");

  await page.locator("#create").click();
  await page.fill("#new-name", LONG_NAME);
  await state("create");
  await page.locator("#save").click();
  await page.locator("#conflict").waitFor();
  await state("conflict-long");
  await page.keyboard.press("Escape");
  await page.locator("#editor").waitFor({ state: "hidden" });

  await server.stop();
  await page.locator('#connection[data-state="away"]').waitFor();
  await row(page, "dark-mode").getByRole("switch").click();
  await page.locator('#message[data-kind="bad"]').waitFor();
  await state("away");
}

export const looks = Object.fromEntries([390, 1280].flatMap((width) => ["light", "dark"].map((theme) => [
  `the_page_is_whole_and_accessible_at_${width}_pixels_in_${theme}`,
  (tools) => look(tools, width, theme),
])));
