// What a check does with the page, and reads from it.

import { row } from "./tools.mjs";

/** The names in the list. */
export const names = (page) => page.locator("#rows bdi").allTextContents();

export const save = (page) => page.locator("#save").click();

export const edit = (page, name) => row(page, name).getByRole("button", { name: "Edit" }).click();

/** The id of the element that has the focus, or its text. */
export const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);

/** The browser's own line about an answer with this status. */
export const refusal = (status) => new RegExp(`status of ${status} .*/v1/flags/`);

/** Tells the page that its tab is hidden, or visible again. */
export async function show(page, state) {
  await page.evaluate((it) => {
    Object.defineProperty(document, "visibilityState", { value: it, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}
