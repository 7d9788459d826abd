// How the page follows the changes, and what it does when it cannot.
// Each check has a registry of its own.

import { live, row, same, until } from "./tools.mjs";
import { focused, names, show } from "./hands.mjs";

export const streams = {
  async a_server_that_goes_and_comes_back_is_followed_again({ server, open }) {
    await server.put("dark-mode", true);
    const page = await open({ expected: [/Failed to load resource/] });
    await live(page);
    await server.stop();
    await page.getByText("No answer from the server. Trying again").waitFor();
    await page.getByRole("switch").click();
    await page.getByText("Whether it has made the change is not known").first().waitFor();
    await page.locator("#message-close").click();
    await until("focus", () => focused(page), "truedark-mode");
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
    let polls = 0;
    const page = await open({
      before: async (it) => {
        it.on("request", (request) => { if (request.url().includes("/v1/inside")) polls++; });
        await it.clock.install();
      },
    });
    await live(page);
    await server.inside((it) => it.streams === 1);
    await show(page, "hidden");
    await server.inside((it) => it.streams === 0);
    // Requests are heard of in their order: the list is asked for after all polls before it.
    const heard = async () => {
      await page.evaluate(() => fetch("/v1/flags?limit=1").then((it) => it.text()));
      return polls;
    };
    const before = await heard();
    await page.clock.runFor(5000);
    same("polls of a hidden page", await heard(), before);
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

  async a_stream_that_is_silent_is_opened_anew({ server, open }) {
    await server.put("a", 1);
    const page = await open({
      // The first stream hears nothing, as if the network between were gone.
      before: (it) => it.addInitScript(() => {
        const Real = globalThis.EventSource;
        globalThis.EventSource = class extends Real {
          constructor(...given) {
            super(...given);
            globalThis.EventSource = Real;
          }

          addEventListener() {}
        };
      }),
    });
    await live(page);
    await server.put("a", 2);
    await row(page, "a").getByText("2", { exact: true }).first().waitFor();
  },

  async a_stream_that_is_heard_is_left_alone({ server, open }) {
    await server.put("a", 1);
    let streams = 0;
    const page = await open({
      before: async (it) => {
        it.on("request", (request) => { if (request.url().includes("/v1/events")) streams++; });
        await it.clock.install();
      },
    });
    await live(page);
    for (let second = 0; second < 8; second++) {
      const answer = page.waitForResponse("**/v1/inside");
      await page.clock.runFor(1000);
      await (await answer).finished();
    }
    same("streams", streams, 1);
  },

  async a_page_in_the_background_takes_no_stream({ server, open }) {
    for (const name of ["a", "b"]) await server.put(name, 1);
    let streams = 0;
    const page = await open({
      before: async (it) => {
        it.on("request", (request) => { if (request.url().includes("/v1/events")) streams++; });
        await it.addInitScript(() => Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true }));
      },
    });
    await until("names", () => names(page), ["a", "b"]);
    await page.getByLabel("Name begins with").fill("a");
    await until("names", () => names(page), ["a"]);
    same("streams", streams, 0);
    await show(page, "visible");
    await live(page);
    same("streams", streams, 1);
  },

  async a_page_that_was_too_slow_loads_the_list_again({ server, open }) {
    await server.put("a", 1);
    const body = `event: dropped\ndata: ${JSON.stringify({ code: "reader-too-slow", detail: "The reader was too slow." })}\n\n`;
    const before = (page) => page.route("**/v1/events*", (route) => route.fulfill({ contentType: "text/event-stream", body }), { times: 1 });
    const page = await open({ before });
    await page.getByText("The list was loaded again. The changes came faster than they were read.").first().waitFor();
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
};

/** Options of the registry that a check needs. */
export const options = {
  events_that_are_gone_are_made_up_for_by_the_list: ["--history", "4"],
  too_many_streams_are_said_and_waited_for: ["--max-streams", "1"],
};
