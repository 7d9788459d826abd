// What the page shows: the list, its changes by others, and the map's inside.
// Each check has a registry of its own.

import { live, row, same, until } from "./tools.mjs";
import { edit, focused, names, refusal } from "./hands.mjs";

export const list = {
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

  async the_age_of_a_change_grows({ server, open }) {
    await server.put("a", 1);
    const page = await open({ before: (it) => it.clock.install() });
    await row(page, "a").getByText("just now").waitFor();
    await page.clock.fastForward(70_000);
    await row(page, "a").getByText("1 min. ago").waitFor();
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

  async the_inside_moves_and_says_what_it_means({ server, open }) {
    await server.put("a", 1);
    const page = await open();
    await live(page);
    const figures = () => page.locator("#inside .now").allTextContents();
    const shown = (it) => [it.read, it.dirty, it.misses, it.promotions, it.contention.acquisitions, it.contention.contended].map((n) => n.toLocaleString("en"));
    await until("figures", async () => (await figures()).slice(0, 6), shown(await server.ask("GET", "/v1/inside")));
    const before = await figures();
    const moves = page.locator("#inside .rate:not(:empty)").first().waitFor();
    for (let at = 0; at < 20; at++) await server.put(`new-${at}`, at);
    await moves;
    await until("figures", async () => (await figures()).slice(0, 6), shown(await server.ask("GET", "/v1/inside")));
    if ((await figures()).join() === before.join()) throw new Error("no number moves");
    for (const why of await page.locator("#inside .why").allTextContents()) if (why.length < 30) throw new Error(`"${why}" explains nothing`);
    await until("totals", () => page.textContent("#totals"), "21 flags, 21 changes so far");
  },

  async each_number_of_the_inside_has_its_place({ open }) {
    const numbers = { read: 1, dirty: 2, misses: 3000, promotions: 4, contention: { acquisitions: 5, contended: 6, waited_ns: 7890 } };
    const json = { map: "sync", flags: 0, version: 0, streams: 1, ...numbers };
    const page = await open({ before: (it) => it.route("**/v1/inside", (route) => route.fulfill({ json })) });
    const figures = async () => Object.fromEntries(await page.locator("#inside .number").evaluateAll((all) => all.map((it) => [it.querySelector("dt").textContent, it.querySelector(".now").textContent])));
    await until("figures", figures, {
      "Read": "1", "Dirty": "2", "Misses": "3,000", "Promotions": "4", "Lock taken": "5", "Lock waited for": "6", "Time waited": "7.89 µs",
    });
    same("line", await page.textContent("#inside-line"), "read 1 · dirty 2 · misses 3,000 · promotions 4");
  },

  async another_map_says_what_it_has_not({ open }) {
    const page = await open();
    await page.getByText("The registry stands on DashMap").waitFor();
    same("figures", (await page.locator("#inside .now").allTextContents()).slice(0, 4), ["none", "none", "none", "none"]);
  },
};

/** Options of the registry that a check needs. */
export const options = {
  another_map_says_what_it_has_not: ["--map", "dashmap"],
};
