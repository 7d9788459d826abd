// What the page says when somebody else was faster.
// Each check has a registry of its own.

import { live, same, until } from "./tools.mjs";
import { edit, focused, refusal, save } from "./hands.mjs";

export const conflicts = {
  async who_was_slower_sees_both_values_and_loses_nothing({ server, open }) {
    await server.put("limit", 1);
    const page = await open();
    await live(page);
    await edit(page, "limit");
    await page.fill("#value", "222");
    // The stream says it while one types.
    await server.put("limit", 333);
    await page.locator("#conflict-value").getByText("333").waitFor();
    if (await page.locator("#save").isVisible()) throw new Error("what will be refused is offered");
    same("focus", await focused(page), "value");
    same("mine", await page.inputValue("#value"), "222");
    same("value", await server.value("limit"), 333);
    await server.put("limit", 444);
    await page.locator("#conflict-value").getByText("444").waitFor();
    await page.getByRole("button", { name: "Write mine over version 3" }).click();
    await page.locator("#editor").waitFor({ state: "hidden" });
    same("value", await server.value("limit"), 222);

    // Deleted meanwhile.
    await edit(page, "limit");
    await page.fill("#value", "4");
    await server.delete("limit");
    await page.getByText("It is deleted now.").first().waitFor();
    await page.getByRole("button", { name: "Create it again with mine" }).click();
    await page.locator("#editor").waitFor({ state: "hidden" });
    same("value", await server.value("limit"), 4);
  },

  async a_refused_edit_shows_both_values({ server, open }) {
    await server.put("limit", 1);
    // Without events the page cannot know.
    const page = await open({ expected: [refusal(412), /v1\/events/], before: (it) => it.route("**/v1/events*", (route) => route.abort()) });
    await edit(page, "limit");
    await page.fill("#value", "222");
    await server.put("limit", 333);
    const answer = page.waitForResponse((it) => it.request().method() === "PUT");
    await save(page);
    same("status", (await answer).status(), 412);
    await page.locator("#conflict").getByText("Somebody else was faster").waitFor();
    same("theirs", await page.textContent("#conflict-value"), "333");
    same("mine", await page.inputValue("#value"), "222");
    same("focus", await page.evaluate(() => document.activeElement.id), "conflict");
    same("value", await server.value("limit"), 333);
    // Somebody is faster once more.
    await server.put("limit", 444);
    await page.locator("#overwrite").click();
    await until("theirs", () => page.textContent("#conflict-value"), "444");
    await page.locator("#overwrite").click();
    await page.locator("#editor").waitFor({ state: "hidden" });
    same("value", await server.value("limit"), 222);
  },

  async a_toggle_or_deletion_that_was_slower_says_so({ server, open }) {
    await server.put("dark-mode", true);
    // Without events the page cannot know.
    const page = await open({ expected: [refusal(412), refusal(404), /v1\/events/], before: (it) => it.route("**/v1/events*", (route) => route.abort()) });
    const button = page.getByRole("switch", { name: "dark-mode" });
    await button.waitFor();
    await server.put("dark-mode", "dim");
    await button.click();
    await page.getByText("Somebody else was faster").first().waitFor();
    same("theirs", await page.textContent("#conflict-value"), '"dim"');
    same("mine", await page.inputValue("#value"), "false");
    same("value", await server.value("dark-mode"), "dim");
    await page.keyboard.press("Escape");
    await until("focus", () => button.evaluate((it) => it === document.activeElement), true);

    await edit(page, "dark-mode");
    await page.locator("#delete").click();
    await page.locator("#confirm-yes").click();
    await page.getByText("Nothing is deleted.").first().waitFor();
    same("value", await server.value("dark-mode"), "dim");
    await page.getByRole("button", { name: "Delete version 2" }).click();
    await page.getByText("There is no flag yet").waitFor();

    // Somebody else has deleted it.
    await server.put("gone", 1);
    await page.getByLabel("Name begins with").fill("g");
    await edit(page, "gone");
    await server.delete("gone");
    await page.locator("#delete").click();
    await page.locator("#confirm-yes").click();
    await page.locator("#conflict-words").getByText("It is deleted now.").waitFor();
    if (await page.locator("#overwrite").isVisible()) throw new Error("what is deleted can be deleted");
  },
};
