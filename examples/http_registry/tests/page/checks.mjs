// What the page does, each in a function whose name says it. Each has a registry of its own.

import { live, row, same, until } from "./tools.mjs";

const names = (page) => page.locator("#rows bdi").allTextContents();
const save = (page) => page.locator("#save").click();
const edit = (page, name) => row(page, name).getByRole("button", { name: "Edit" }).click();
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
const refusal = (status) => new RegExp(`status of ${status} .*/v1/flags/`);

export const checks = {
  async flags_are_listed_in_order_with_their_headers({ server, open }) {
    for (const [name, value] of [["dark-mode", true], ["limits", { burst: 20 }], ["😀", 1], ["\uFFFD", 2]]) await server.put(name, value);
    const page = await open();
    await until("names", () => names(page), ["dark-mode", "limits", "\uFFFD", "😀"]);
    same("headers", await page.getByRole("columnheader").allTextContents(), ["Name", "Value", "Version", "Changed", "Edit"]);
    same("cells", await row(page, "limits").getByRole("cell").allTextContents(), ['{"burst": 20}', "2", "just now", "Edit limits"]);
    same("count", await page.textContent("#shown"), "4 flags are shown.");
    await live(page);
    // A new flag goes to its place in this order, too.
    await server.put("\uFFFDx", 3);
    await until("names", () => names(page), ["dark-mode", "limits", "\uFFFD", "\uFFFDx", "😀"]);
  },

  async an_empty_registry_says_so({ open }) {
    const page = await open();
    await page.getByText("There is no flag yet. Create the first one.").waitFor();
    if (await page.locator("#list").isVisible()) throw new Error("an empty table is shown");
  },

  async typing_a_prefix_filters({ server, open }) {
    for (const name of ["service/a", "service/b", "other"]) await server.put(name, 1);
    const page = await open();
    await page.getByLabel("Name begins with").pressSequentially("serv");
    await until("names", () => names(page), ["service/a", "service/b"]);
    await live(page);
    await server.put("other2", 1);
    await server.put("service/c", 1);
    await until("names", () => names(page), ["service/a", "service/b", "service/c"]);
    await page.getByLabel("Name begins with").fill("nothing");
    await page.locator("#empty-words").getByText("No flag begins with").waitFor();
    await page.getByLabel("Name begins with").fill("");
    await until("names", () => names(page), ["other", "other2", "service/a", "service/b", "service/c"]);
  },

  async more_flags_come_on_demand_and_the_focus_goes_to_them({ server, open }) {
    const all = Array.from({ length: 230 }, (_, at) => `flag-${String(at).padStart(3, "0")}`);
    for (const name of all) await server.put(name, 1);
    const page = await open();
    await until("names", () => names(page), all.slice(0, 100));
    same("count", await page.textContent("#shown"), "100 flags are shown, and more follow.");
    await page.locator("#more").click();
    await until("names", () => names(page), all.slice(0, 200));
    await until("focus", () => focused(page), "Edit flag-100");
    // A flag behind the shown ones is not shown, and one between them is.
    await live(page);
    await server.put("flag-210x", 1);
    await server.put("flag-000x", 1);
    await until("a new flag", async () => (await names(page))[1], "flag-000x");
    same("rows", (await names(page)).length, 201);
    await page.locator("#more").click();
    await until("rows", async () => (await names(page)).length, 232);
    if (await page.locator("#more").isVisible()) throw new Error("nothing more is offered");
  },

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

  async what_is_no_json_is_said_before_it_is_sent({ server, open }) {
    await server.put("text", "a");
    const page = await open();
    page.on("request", (it) => { if (it.method() === "PUT") throw new Error("it was sent"); });
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

  async a_second_client_is_seen_live_and_marked({ server, open }) {
    for (const name of ["a", "c"]) await server.put(name, true);
    const page = await open();
    await live(page);
    if (await page.locator(".marked").count()) throw new Error("a row is marked from the start");
    await server.put("c", false);
    await page.locator(".marked").getByRole("switch", { name: "c", checked: false }).waitFor();
    await server.put("b", "new");
    await until("names", () => names(page), ["a", "b", "c"]);
    await row(page, "c").getByRole("switch").focus();
    await server.put("c", 7);
    await row(page, "c").getByText("7", { exact: true }).first().waitFor();
    await until("focus", () => focused(page), "Edit c");
    await server.delete("c");
    await until("names", () => names(page), ["a", "b"]);
    await until("focus", () => focused(page), "Edit b");
    await until("marks", () => page.locator(".marked").count(), 0);
  },

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
    const page = await open({ expected: [refusal(412), /v1\/events/], before: (it) => it.route("**/v1/events*", (route) => route.abort()) });
    const button = page.getByRole("switch", { name: "dark-mode" });
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

  async a_server_that_goes_and_comes_back_is_followed_again({ server, open }) {
    await server.put("dark-mode", true);
    const page = await open({ expected: [/Failed to load resource/] });
    await live(page);
    await server.stop();
    await page.getByText("No answer from the server. Trying again").waitFor();
    await page.getByRole("switch").click();
    await page.getByText("Whether it has made the change is not known").first().waitFor();
    await page.locator("#message-close").click();
    if (await page.locator("#message").isVisible()) throw new Error("the message stays");
    await page.getByLabel("Name begins with").fill("d");
    await page.getByText("The server does not answer.", { exact: true }).first().waitFor();
    await server.start();
    await live(page);
    await server.put("dark-mode", "back");
    await row(page, "dark-mode").getByText('"back"').waitFor();
    await server.put("e", 1);
    await server.put("d", 1);
    await until("names", () => names(page), ["d", "dark-mode"]);
  },

  async a_hidden_page_gives_its_stream_back_and_catches_up({ server, open }) {
    await server.put("a", 1);
    const page = await open();
    await live(page);
    await server.inside((it) => it.streams === 1);
    await show(page, "hidden");
    await server.inside((it) => it.streams === 0);
    await server.put("a", 2);
    await show(page, "visible");
    await row(page, "a").getByText("2", { exact: true }).first().waitFor();
    if (await page.locator("#message").isVisible()) throw new Error("nothing was lost");
  },

  async events_that_are_gone_are_made_up_for_by_the_list({ server, open }) {
    await server.put("a", 0);
    await server.put("b", 0);
    const page = await open({ expected: [/status of 410 .*\/v1\/events/] });
    await live(page);
    await show(page, "hidden");
    for (let value = 1; value <= 10; value++) await server.put("a", value);
    await server.delete("b");
    await show(page, "visible");
    await page.getByText("The list was loaded again.").first().waitFor();
    await until("names", () => names(page), ["a"]);
    await row(page, "a").getByText("10", { exact: true }).first().waitFor();
    await live(page);
    await server.put("c", 1);
    await until("names", () => names(page), ["a", "c"]);
  },

  async changes_that_come_while_the_list_is_loading_are_not_lost({ server, open }) {
    for (const name of ["a1", "a2", "b"]) await server.put(name, "old");
    const page = await open();
    await live(page);
    const debug = await page.context().newCDPSession(page);
    const events = [];
    debug.on("Network.eventSourceMessageReceived", (it) => events.push(it.eventId));
    await debug.send("Network.enable");
    // The answer is made before the changes, and comes after them.
    let made, comes;
    const isMade = new Promise((resolve) => { made = resolve; });
    const mayCome = new Promise((resolve) => { comes = resolve; });
    await page.route("**/v1/flags?*", async (route) => {
      const response = await route.fetch();
      made();
      await mayCome;
      await route.fulfill({ response });
    });
    await page.getByLabel("Name begins with").fill("a");
    await isMade;
    await server.put("a1", "new");
    await server.delete("a2");
    await server.put("a3", "new");
    await until("events", async () => events.at(-1), "6");
    comes();
    await until("names", () => names(page), ["a1", "a3"]);
    await row(page, "a1").getByText('"new"').waitFor();
  },

  async a_page_that_was_too_slow_loads_the_list_again({ server, open }) {
    await server.put("a", 1);
    const body = `event: dropped\ndata: ${JSON.stringify({ code: "reader-too-slow", detail: "The reader was too slow." })}\n\n`;
    const before = (page) => page.route("**/v1/events*", (route) => route.fulfill({ contentType: "text/event-stream", body }), { times: 1 });
    const page = await open({ before });
    await page.getByText("The list was loaded again. The reader was too slow.").first().waitFor();
    await live(page);
    await server.put("b", 1);
    await until("names", () => names(page), ["a", "b"]);
  },

  async too_many_streams_are_said_and_waited_for({ server, open }) {
    const first = await open();
    await live(first);
    const second = await open({ expected: [/status of 503 .*\/v1\/events/] });
    await second.getByText("Too many event streams are open. Trying again").waitFor();
    await first.close();
    await live(second);
    await server.put("a", 1);
    await until("names", () => names(second), ["a"]);
  },

  async names_and_values_are_texts({ server, open }) {
    const hostile = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a/b?c#d%41", "  two  blanks", "<b>&amp;"].sort();
    for (const name of hostile) await server.put(name, { [name]: name });
    const page = await open({ expected: [refusal(412)] });
    await until("names", () => names(page), hostile);
    await live(page);
    for (const name of hostile) {
      await server.put(name, name);
      await until(name, () => row(page, name).locator("code").textContent(), JSON.stringify(name));
      await edit(page, name);
      same("name", await page.textContent("#editor-name"), name);
      same("text", await page.inputValue("#value"), JSON.stringify(name));
      await page.fill("#value", JSON.stringify(`${name}2`));
      await server.put(name, `<i>${name}`);
      await until("theirs", () => page.textContent("#conflict-value"), JSON.stringify(`<i>${name}`));
      await page.locator("#overwrite").click();
      await page.locator("#editor").waitFor({ state: "hidden" });
      same("value", await server.value(name), `${name}2`);
      await page.locator("#message-words").getByText(name).waitFor();
    }
    await page.getByLabel("Name begins with").fill("<script>alert(2)</script>");
    await page.locator("#empty-words").getByText("No flag begins with").waitFor();
    same("elements", await page.evaluate(() => document.querySelectorAll("body script, img, b, i").length), 0);
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
    for (let stop = 0; (await focused(page)) !== "save"; stop++) {
      if (stop > 8) throw new Error("Save is not reached");
      await press("Tab");
    }
    await press("Enter");
    await row(page, "a").getByText("[1, 2]").waitFor();
    await until("focus", () => focused(page), "Edit a");
    same("value", await server.value("a"), [1, 2]);
  },

  async the_inside_moves_and_says_what_it_means({ server, open }) {
    await server.put("a", 1);
    const page = await open();
    await live(page);
    const figures = () => page.locator("#inside .now").allTextContents();
    const shown = (it) => [it.read, it.dirty, it.misses, it.promotions, it.contention.acquisitions, it.contention.contended].map((n) => n.toLocaleString("en"));
    await until("figures", async () => (await figures()).slice(0, 6), shown(await server.ask("GET", "/v1/inside")));
    const before = await figures();
    for (let at = 0; at < 20; at++) await server.put(`new-${at}`, at);
    await until("figures", async () => (await figures()).slice(0, 6), shown(await server.ask("GET", "/v1/inside")));
    if ((await figures()).join() === before.join()) throw new Error("no number moves");
    for (const why of await page.locator("#inside .why").allTextContents()) if (why.length < 30) throw new Error(`"${why}" explains nothing`);
    await until("totals", () => page.textContent("#totals"), "21 flags, 21 changes so far");
  },

  async another_map_says_what_it_has_not({ open }) {
    const page = await open();
    await page.getByText("The registry stands on DashMap").waitFor();
    same("figures", (await page.locator("#inside .now").allTextContents()).slice(0, 4), ["none", "none", "none", "none"]);
  },

  async very_many_flags_are_not_all_in_the_page({ server, open }) {
    const name = (at) => `flag-${String(at).padStart(5, "0")}`;
    for (let at = 0; at < 3000; at += 50) await Promise.all(Array.from({ length: 50 }, (_, more) => server.put(name(at + more), at % 3 ? at : true)));
    const page = await open();
    await live(page);
    for (let count = 100; count <= 1000; count += 100) {
      await until("rows", () => page.locator("#rows tr").count(), count);
      if (count < 1000) await page.locator("#more").click();
    }
    // A full table stays full, and keeps its order.
    await server.put("flag-00000x", 1);
    await until("second", async () => (await names(page)).slice(1, 2), ["flag-00000x"]);
    same("rows", await page.locator("#rows tr").count(), 1000);
    same("last", (await names(page)).at(-1), name(998));
    await page.locator("#more").click();
    await until("first", async () => (await names(page))[0], name(999));
    same("rows", await page.locator("#rows tr").count(), 100);
    await page.locator("#first").click();
    await until("first", async () => (await names(page))[0], name(0));
  },
};

/** Tells the page that its tab is hidden, or visible again. */
async function show(page, state) {
  await page.evaluate((it) => {
    Object.defineProperty(document, "visibilityState", { value: it, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

/** Options of the registry that a check needs. */
export const options = {
  events_that_are_gone_are_made_up_for_by_the_list: ["--history", "4"],
  too_many_streams_are_said_and_waited_for: ["--max-streams", "1"],
  another_map_says_what_it_has_not: ["--map", "dashmap"],
};
