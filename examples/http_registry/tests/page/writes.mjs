// What the page writes: toggles, edits, creations and deletions, and what refuses them.
// Each check has a registry of its own.

import { live, row, same, until } from "./tools.mjs";
import { edit, focused, names, refusal, save } from "./hands.mjs";

export const writes = {
  async a_switch_toggles({ server, open }) {
    await server.put("dark-mode", true);
    const page = await open();
    const button = page.getByRole("switch", { name: "dark-mode" });
    same("before", await button.getAttribute("aria-checked"), "true");
    const sent = page.waitForRequest((it) => it.method() === "PUT");
    await button.click();
    same("precondition", (await sent).headers()["if-match"], '"1"');
    await until("switch", () => button.getAttribute("aria-checked"), "false");
    same("value", await server.value("dark-mode"), false);
    await page.getByText("is false now").first().waitFor();
  },

  async a_switch_that_is_pressed_twice_sends_once({ server, open }) {
    await server.put("dark-mode", true);
    const page = await open();
    let sent = 0;
    let comes;
    const mayCome = new Promise((resolve) => { comes = resolve; });
    await page.route("**/v1/flags/dark-mode", async (route) => {
      sent++;
      await mayCome;
      await route.continue();
    });
    await page.getByRole("switch").click();
    await page.getByRole("switch").click();
    comes();
    await page.getByRole("switch", { checked: false }).waitFor();
    await page.getByText("is false now").first().waitFor();
    same("sent", sent, 1);
    await page.getByRole("switch").click();
    await page.getByRole("switch", { checked: true }).waitFor();
  },

  async a_value_is_edited_and_its_numbers_keep_their_digits({ server, open }) {
    await server.ask("PUT", "/v1/flags/limits", '{"id": 9007199254740993, "part": 1.0, "on": false}');
    const page = await open();
    await row(page, "limits").getByText("9007199254740993").waitFor();
    await edit(page, "limits");
    same("text", await page.inputValue("#value"), '{\n  "id": 9007199254740993,\n  "part": 1.0,\n  "on": false\n}');
    await page.fill("#value", (await page.inputValue("#value")).replace("false", "true"));
    same("size", await page.textContent("#value-size"), "44 bytes");
    const sent = page.waitForRequest((it) => it.method() === "PUT");
    await save(page);
    same("body", (await sent).postData(), '{"id":9007199254740993,"part":1.0,"on":true}');
    same("precondition", (await sent).headers()["if-match"], '"1"');
    await row(page, "limits").getByText('"on": true').waitFor();
    await until("focus", () => focused(page), "Edit limits");
  },

  async what_is_no_json_is_said_before_it_is_sent({ server, open, problems }) {
    await server.put("text", "a");
    const page = await open();
    page.on("request", (it) => { if (it.method() === "PUT") problems.push("it was sent"); });
    await edit(page, "text");
    for (const [typed, said] of [["hello", 'A text needs quotes: "hello"'], ["", "The value is empty"], ["{", "The value is not JSON"]]) {
      await page.fill("#value", typed);
      await save(page);
      await until("error", async () => (await page.textContent("#editor-error")).includes(said), true);
      same("mark", await page.getAttribute("#value", "aria-invalid"), "true");
      same("focus", await focused(page), "value");
    }
    await page.fill("#value", "1");
    same("error", await page.textContent("#editor-error"), "");
  },

  async a_flag_is_created_once({ server, open }) {
    const page = await open({ expected: [refusal(412), refusal(400)] });
    await page.getByRole("button", { name: "New flag" }).click();
    await save(page);
    await page.getByText("The flag needs a name.").waitFor();
    same("focus", await focused(page), "new-name");
    await page.fill("#new-name", "é".repeat(65));
    await save(page);
    await page.locator("#editor-error:not(:empty)").waitFor();
    same("mark", await page.getAttribute("#new-name", "aria-invalid"), "true");
    await page.fill("#new-name", "..");
    await save(page);
    await page.getByText("A browser cannot send the name").waitFor();
    await page.fill("#new-name", "fresh");
    await page.fill("#value", '["a", 1]');
    const sent = page.waitForRequest((it) => it.method() === "PUT");
    await save(page);
    same("precondition", (await sent).headers()["if-none-match"], "*");
    await row(page, "fresh").getByText('["a", 1]').waitFor();
    await until("focus", () => focused(page), "create");

    await page.getByRole("button", { name: "New flag" }).click();
    await page.fill("#new-name", "fresh");
    await page.fill("#value", "2");
    await save(page);
    await page.getByText("A flag with this name exists").first().waitFor();
    await until("theirs", () => page.locator("#conflict-value").textContent().then(JSON.parse), ["a", 1]);
    same("mine", await page.inputValue("#value"), "2");
    await page.locator("#overwrite").click();
    await row(page, "fresh").getByText("2", { exact: true }).first().waitFor();
    same("value", await server.value("fresh"), 2);
  },

  async a_flag_is_deleted_after_a_question_and_the_focus_stays_near({ server, open }) {
    for (const name of ["a", "b", "c"]) await server.put(name, 1);
    const page = await open();
    await edit(page, "b");
    await page.locator("#delete").click();
    same("focus", await focused(page), "confirm-no");
    await page.locator("#confirm-no").click();
    same("focus", await focused(page), "delete");
    await page.locator("#delete").click();
    const sent = page.waitForRequest((it) => it.method() === "DELETE");
    await page.locator("#confirm-yes").click();
    same("precondition", (await sent).headers()["if-match"], '"2"');
    await until("names", () => names(page), ["a", "c"]);
    await until("focus", () => focused(page), "Edit c");
    await until("names on the server", async () => (await server.ask("GET", "/v1/flags")).flags.map((it) => it.name), ["a", "c"]);
  },

  async the_focus_stays_near_if_the_stream_tells_of_a_deletion_first({ server, open }) {
    for (const name of ["a", "b", "c"]) await server.put(name, 1);
    const page = await open();
    await page.route("**/v1/flags/b*", async (route) => {
      const response = await route.fetch();
      await until("names", () => names(page), ["a", "c"]);
      await route.fulfill({ response });
    });
    await edit(page, "b");
    await page.locator("#delete").click();
    await page.locator("#confirm-yes").click();
    await until("focus", () => focused(page), "Edit c");
  },

  async a_dialog_that_is_opened_again_at_once_works({ server, open }) {
    await server.put("a", 1);
    const page = await open();
    await edit(page, "a");
    // In one task, so that the dialog is open again before the browser tells that it was closed.
    await page.evaluate(() => {
      document.getElementById("cancel").click();
      document.activeElement.click();
    });
    await page.locator("#value").fill("2");
    await page.locator("#save").click();
    await row(page, "a").getByText("2", { exact: true }).first().waitFor();
    if (await server.value("a") !== 2) throw new Error("it is not written");
  },

  async durable_writes_ask_for_the_disk({ server, open }) {
    await server.put("dark-mode", true);
    const page = await open();
    await page.locator("#durable").check();
    let sent = page.waitForRequest((it) => it.method() === "PUT");
    await page.getByRole("switch").click();
    same("toggle", new URL((await sent).url()).search, "?durable=true");
    await page.getByRole("switch", { checked: false }).waitFor();
    await edit(page, "dark-mode");
    if (!await page.locator("#editor-durable").isChecked()) throw new Error("the dialog does not know");
    sent = page.waitForRequest((it) => it.method() === "DELETE");
    await page.locator("#delete").click();
    await page.locator("#confirm-yes").click();
    same("deletion", new URL((await sent).url()).search, "?durable=true");
    await page.getByText("There is no flag yet").waitFor();
  },

  async a_slow_write_is_sent_once_and_ends_no_other_dialog({ server, open }) {
    for (const name of ["a", "b"]) await server.put(name, 1);
    const page = await open();
    await live(page);
    let comes;
    let sent = 0;
    const mayCome = new Promise((resolve) => { comes = resolve; });
    await page.route("**/v1/flags/a", async (route) => {
      sent++;
      const response = await route.fetch();
      await mayCome;
      await route.fulfill({ response });
    });
    await edit(page, "a");
    await page.fill("#value", "2");
    await save(page);
    await page.keyboard.press("Enter");
    // The event of one's own write is no conflict.
    await row(page, "a").getByText("2", { exact: true }).first().waitFor();
    if (await page.locator("#conflict").isVisible()) throw new Error("a conflict with oneself");
    await page.keyboard.press("Escape");
    await edit(page, "b");
    await page.fill("#value", "typed");
    comes();
    await page.locator("#message-words").getByText("is written").waitFor({ state: "attached" });
    same("sent", sent, 1);
    same("typed", await page.inputValue("#value"), "typed");
    if (!await page.locator("#editor").isVisible()) throw new Error("the other dialog is closed");
  },

  async an_error_of_the_server_is_shown_with_its_detail({ server, open }) {
    await server.put("big", 1);
    const page = await open({ expected: [refusal(413)] });
    await edit(page, "big");
    const typed = JSON.stringify("x".repeat(5000));
    await page.fill("#value", typed);
    const answer = page.waitForResponse((it) => it.status() === 413);
    await save(page);
    const { detail } = await (await answer).json();
    await until("error", () => page.textContent("#editor-error"), detail);
    same("mine", await page.inputValue("#value"), typed);
    await page.fill("#value", JSON.stringify("x".repeat(4094)));
    await save(page);
    await page.locator("#editor").waitFor({ state: "hidden" });
  },

  async a_whole_edit_goes_by_keyboard_alone({ server, open }) {
    await server.put("a", { on: 1 });
    await server.put("b", false);
    const page = await open();
    await live(page);
    const press = (key) => page.keyboard.press(key);
    const stops = [];
    for (const stop of ["prefix", "durable", "create", "Edit a", "falseb", "Edit b"]) {
      await press("Tab");
      stops.push(await focused(page));
      const ring = await page.evaluate(() => getComputedStyle(document.activeElement));
      if (ring.outlineStyle === "none" || parseFloat(ring.outlineWidth) < 2) throw new Error(`the focus cannot be seen on ${stop}`);
    }
    same("order", stops, ["prefix", "durable", "create", "Edit a", "falseb", "Edit b"]);
    await press("Shift+Tab");
    await press("Space");
    await page.getByRole("switch", { checked: true }).waitFor();
    await press("Shift+Tab");
    await press("Enter");
    await page.locator("#editor").waitFor();
    same("focus", await focused(page), "value");
    await press("Escape");
    await until("focus", () => focused(page), "Edit a");
    await press("Enter");
    await page.locator("#editor").waitFor();
    await press("Control+A");
    await page.keyboard.type("[1, 2]");
    const inside = ["value", "editor-durable", "delete", "cancel", "save"];
    for (const stop of inside.slice(1)) {
      await press("Tab");
      same("order", await focused(page), stop);
    }
    for (const stop of [...inside].reverse().slice(1)) {
      await press("Shift+Tab");
      same("order", await focused(page), stop);
    }
    for (const _ of inside.slice(1)) await press("Tab");
    await press("Enter");
    await row(page, "a").getByText("[1, 2]").waitFor();
    await until("focus", () => focused(page), "Edit a");
    same("value", await server.value("a"), [1, 2]);
  },
};
