"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const words = data.strings;

  // What is shown. `at` is 0 before the first step, and then the number of the step.
  const now = { scenario: 0, outcome: 0, broken: false, at: 0, predict: false, furthest: 0, right: 0, asked: 0 };

  /** An element with a class and children. Text goes in as text, never as markup. */
  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  /** Text with `code` in it. */
  function rich(text) {
    return text.split("`").map((part, index) => (index % 2 ? make("code", "", part) : part));
  }

  const scenario = () => data.scenarios[now.scenario];
  const run = () => (now.broken ? scenario().broken : scenario().runs[now.outcome]);
  const threads = () => scenario().threads;
  const name = (actor) => `Thread ${actor + 1}`;

  /** A step as it is stored, with names. */
  function step(number, of = run()) {
    const [actor, kind, label, sentence, template, listing, line, place, map] = of.steps[number - 1];
    return {
      actor, kind, template, listing, line, map,
      label: words[label], sentence: words[sentence], place: words[place],
    };
  }
  const last = () => run().steps.length;
  const mapAt = (number) => data.maps[number === 0 ? run().start : step(number).map];

  // ---- the picture ----

  const stateOf = (p) => (p === "nil" || p === "X" ? p : "value");
  const inWords = (p) => ({ nil: "nil, so deleted", X: "X, so expunged", value: `value ${p}` })[stateOf(p)];

  /** The entries of a map, each once: of `read`, then of `dirty`, then those in no table. */
  function entriesOf(map) {
    const found = new Map();
    const add = (table, where) => {
      for (const [key, entry, p] of table) found.set(entry, { key, entry, p, where });
    };
    add([...map.read, ...(map.dirty ?? [])], "");
    add(map.next, "in the next table");
    add(map.gone, "in no table");
    return [...found.values()];
  }

  function twin(map) {
    const list = (table) =>
      table.length ? table.map(([, entry, p]) => `${entry} (${inWords(p)})`).join(", ") : "nothing";
    const parts = [
      map.snapshot === ""
        ? "No snapshot is published"
        : `read is ${map.snapshot} and has ${list(map.read)}`,
      `amended: ${map.amended ? "yes" : "no"}`,
    ];
    if (map.superseded) parts.push("superseded: yes");
    parts.push(map.dirty ? `dirty has ${list(map.dirty)}` : "there is no dirty map");
    parts.push(`misses: ${map.misses}`);
    parts.push(map.mutex === null ? "the mutex is free" : `${name(map.mutex)} has the mutex`);
    if (map.waiting.length) parts.push(`${map.waiting.map(name).join(" and ")} waits for it`);
    if (map.next.length) parts.push(`the next table has ${list(map.next)}`);
    if (map.gone.length) parts.push(`in no table: ${list(map.gone)}`);
    if (map.retired.length) parts.push(`retired, not yet freed: ${map.retired.join(", ")}`);
    return parts.join("; ") + ".";
  }

  function flag(text, on, changed) {
    return make("span", `flag${on ? " on" : ""}${changed ? " changed" : ""}`, text);
  }

  function chip(actor, text, changed) {
    return make("span", `chip t${actor + 1}${changed ? " changed" : ""}`, make("span", "badge", String(actor + 1)), text);
  }

  function table(id, title, note, entries, before, flags) {
    const had = new Set((before ?? []).map(([, entry]) => entry));
    const box = make("div", entries ? "box" : "box none");
    box.id = id;
    box.append(make("h3", "", title, " ", make("small", "", note)));
    if (!entries) box.append(make("div", "empty", "there is none"));
    else if (!entries.length) box.append(make("div", "empty", "no key"));
    for (const [key, entry] of entries ?? []) {
      const slot = make("div", had.has(entry) ? "key" : "key changed", key);
      slot.dataset.entry = entry;
      box.append(slot);
    }
    box.append(...flags);
    return box;
  }

  function drawMap(map, before) {
    const picture = byId("picture");
    const old = new Map(entriesOf(before).map((entry) => [entry.entry, entry]));
    const column = make("div", "entries", make("h3", "", "entries"));
    for (const { entry, p, where } of entriesOf(map)) {
      const was = old.get(entry);
      const state = stateOf(p);
      const note = where || { nil: "deleted", X: "expunged: not in dirty", value: "" }[state];
      const changed = !was || was.p !== p || was.where !== where;
      const card = make("div", `entry ${state}${changed ? " changed" : ""}`, make("b", "", entry), make("span", "", p));
      if (note) card.append(make("small", "", note));
      card.dataset.entry = entry;
      column.append(card);
    }
    if (column.children.length === 1) column.append(make("div", "empty", "none"));
    const readFlags = [flag(`amended: ${map.amended ? "yes" : "no"}`, map.amended, map.amended !== before.amended)];
    if (map.superseded) readFlags.push(flag("superseded", true, !before.superseded));
    const dirtyFlags = [flag(`misses: ${map.misses}`, false, map.misses !== before.misses)];
    const read = map.snapshot === "" ? null : map.read;
    const readBox = table("read", "read", map.snapshot, read, before.snapshot === "" ? null : before.read, readFlags);
    if (map.snapshot !== before.snapshot) readBox.classList.add("changed");
    const dirtyBox = table("dirty", "dirty", "", map.dirty, before.dirty, dirtyFlags);
    if (Boolean(map.dirty) !== Boolean(before.dirty)) dirtyBox.classList.add("changed");
    const mutex = make("div", "shelf", make("h3", "", "mutex:"));
    if (map.mutex === null) mutex.append(make("span", "empty", "free"));
    else mutex.append(chip(map.mutex, "has it", map.mutex !== before.mutex));
    for (const actor of map.waiting) mutex.append(chip(actor, "waits", !before.waiting.includes(actor)));
    const shelf = make("div", "shelf", make("h3", "", "retired:"));
    if (!map.retired.length) shelf.append(make("span", "empty", "nothing"));
    for (const thing of map.retired) {
      shelf.append(make("span", before.retired.includes(thing) ? "thing" : "thing changed", thing));
    }
    picture.replaceChildren(readBox, column, dirtyBox, mutex, shelf, document.createElementNS("http://www.w3.org/2000/svg", "svg"));
    byId("twin").textContent = twin(map);
  }

  /** An arrow from each key of a table to its entry. */
  function drawArrows() {
    const picture = byId("picture");
    const svg = picture.querySelector("svg");
    if (!svg) return;
    const frame = picture.getBoundingClientRect();
    const path = (className, d) => {
      const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
      if (className) line.setAttribute("class", className);
      line.setAttribute("d", d);
      return line;
    };
    const lines = [];
    for (const id of ["read", "dirty"]) {
      for (const slot of picture.querySelectorAll(`#${id} .key`)) {
        const card = [...picture.querySelectorAll(".entry")].find((it) => it.dataset.entry === slot.dataset.entry);
        if (!card) continue;
        const from = slot.getBoundingClientRect();
        const to = card.getBoundingClientRect();
        const right = id === "read";
        const x1 = (right ? from.right : from.left) - frame.left;
        const x2 = (right ? to.left - 3 : to.right + 3) - frame.left;
        const y1 = from.top + from.height / 2 - frame.top;
        const y2 = to.top + to.height / 2 - frame.top;
        const back = right ? -8 : 8;
        const middle = (x1 + x2) / 2;
        lines.push(path("", `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2 + back} ${y2}`));
        lines.push(path("head", `M${x2} ${y2}l${back} -5v10z`));
      }
    }
    svg.replaceChildren(...lines);
  }

  // ---- the sentence, the steps, the algorithm ----

  const badge = (actor) =>
    make("span", `who t${actor + 1}`, make("span", "badge", String(actor + 1)), name(actor));

  function drawSentence() {
    const sentence = byId("sentence");
    if (now.at === 0) {
      sentence.replaceChildren(make("b", "", scenario().title + ". "), ...rich(scenario().intro));
    } else {
      const { actor, sentence: text } = step(now.at);
      sentence.replaceChildren(badge(actor), " ", ...rich(text));
    }
    const ended = now.at === last();
    byId("say").classList.toggle("ended", ended);
    const verdict = byId("verdict");
    verdict.hidden = !ended;
    verdict.replaceChildren();
    if (!ended) return;
    const outcome = make("code", "", run().outcome);
    if (now.broken) {
      verdict.append(make("b", "bad", "✕ Must not be: "), outcome, ". ", ...rich(scenario().rule));
    } else if (run().outcome === "") {
      verdict.append(make("b", "good", "✓ End of the script."));
    } else {
      const all = new Set(scenario().runs.map((it) => it.outcome)).size;
      const which = all === 1 ? "the only outcome" : `one of ${all} outcomes`;
      verdict.append(make("b", "good", "✓ Allowed: "), outcome, `, ${which} that the model names.`);
      if (scenario().claim) verdict.append(" ", ...rich(scenario().claim));
    }
  }

  /** The patch that plants the bug. */
  function drawBug() {
    byId("bug").hidden = !now.broken;
    if (!now.broken) return;
    const { what, file, lines } = scenario().patch;
    const tag = (line) => (line.startsWith("-") ? "del" : line.startsWith("+") ? "ins" : "span");
    byId("bug-what").replaceChildren(...rich(what), ". ", make("code", "", `tests/mutants/${file}`));
    byId("bug-patch").replaceChildren(...lines.flatMap((line) => [make(tag(line), "", line), "\n"]));
  }

  /** The steps that are not hidden from who predicts. */
  const shownUpTo = () => (now.predict ? Math.max(now.furthest, now.at) : last());

  function makeSteps() {
    const rows = [];
    for (let number = 1; number <= last(); number++) {
      const { actor, kind, label } = step(number);
      const button = make("button", `step in${actor + 1} ${["call", "", "return"][kind]}`);
      button.type = "button";
      button.dataset.step = String(number);
      button.append(make("span", "vh", `${name(actor)}: `), make("span", "label", label));
      const row = make("li", "", button);
      if (number > 1 && step(number - 1).actor !== actor) row.className = "change";
      rows.push(row);
    }
    byId("lanes").replaceChildren(...rows);
  }

  function drawSteps() {
    for (const button of byId("lanes").querySelectorAll(".step")) {
      const number = Number(button.dataset.step);
      const hidden = number > shownUpTo();
      if (hidden !== button.disabled) {
        button.disabled = hidden;
        button.querySelector(".label").textContent = hidden ? "?" : step(number).label;
      }
      button.classList.toggle("later", number > now.at);
      button.classList.toggle("now", number === now.at);
      if (number === now.at) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
  }

  /** Where the list of steps has to be scrolled to, so that the current step is seen. */
  function scrollOf(box) {
    const current = box.querySelector(".now");
    if (!current || box.scrollHeight <= box.clientHeight) return 0;
    return current.offsetTop - box.clientHeight / 2;
  }

  function drawHeads() {
    const count = threads();
    byId("steps").style.setProperty("--threads", String(count));
    byId("heads").replaceChildren(...Array.from({ length: count }, (_, actor) => badge(actor)));
  }

  function drawCode() {
    const number = Math.max(now.at, 1);
    const { listing, line, place } = step(number);
    const shown = data.listings[listing];
    byId("code-title").textContent = shown.title;
    const broken = now.broken ? scenario().patch.listing : [];
    const rows = shown.lines.map((text, index) => {
      const change = broken.find(([of, at]) => of === listing && at === index);
      const code = change ? change[2] : text;
      const body = code.trimStart();
      const [before, comment] = body.split(/(?=\/\/)/);
      const row = make("li", "", before, comment ? make("i", "", comment) : null);
      row.style.setProperty("--in", String(code.length - body.length));
      if (change) row.classList.add("broken");
      if (now.at > 0 && index === line) {
        row.classList.add("now");
        row.setAttribute("aria-current", "step");
      }
      return row;
    });
    byId("code").replaceChildren(...rows);
    byId("place").textContent = now.at === 0 ? "" : place;
  }

  // ---- predict ----

  /** Three answers: what comes next, and two things that do not. The order never changes. */
  function answers() {
    const next = step(now.at + 1);
    const others = [];
    const runs = [...scenario().runs, ...(scenario().broken ? [scenario().broken] : [])];
    const all = runs.flatMap((of) => of.steps.map((_, index) => step(index + 1, of)));
    const near = (it) =>
      (it.actor === next.actor ? 0 : 2) + (it.kind === next.kind ? 0 : 1) + (it.line === next.line ? 0 : 1);
    for (const it of all.sort((one, other) => near(one) - near(other))) {
      if (it.label !== next.label && !others.includes(it.label)) others.push(it.label);
      if (others.length === 2) break;
    }
    const place = (now.at * 7 + now.scenario) % (others.length + 1);
    others.splice(place, 0, next.label);
    return { next, others };
  }

  function ask() {
    const { next, others } = answers();
    byId("asked").replaceChildren(badge(next.actor), " goes on. What comes next?");
    const buttons = others.map((label, index) => {
      const button = make("button", "", `${index + 1}  ${label}`);
      button.type = "button";
      button.addEventListener("click", () => answered(label === next.label, next.label));
      return button;
    });
    byId("answers").replaceChildren(...buttons);
    byId("question").hidden = false;
    buttons[0].focus();
  }

  function answered(right, label) {
    now.asked += 1;
    if (right) now.right += 1;
    byId("question").hidden = true;
    show(now.at + 1);
    const word = right ? make("b", "good", "✓ Right. ") : make("b", "bad", `✕ No: ${label}. `);
    byId("sentence").prepend(word, ` (${now.right} of ${now.asked}) `);
    document.querySelector('[data-go="on"]').focus();
  }

  // ---- moving ----

  function show(number) {
    const end = now.predict ? Math.max(now.furthest, Math.min(number, now.furthest + 1)) : last();
    now.at = Math.max(0, Math.min(number, end, last()));
    now.furthest = Math.max(now.furthest, now.at);
    byId("question").hidden = true;
    drawSentence();
    drawSteps();
    drawCode();
    drawMap(mapAt(now.at), mapAt(Math.max(0, now.at - 1)));
    // What has to be measured comes after all that is written, and so is laid out once.
    const scroll = scrollOf(byId("steps"));
    drawArrows();
    byId("steps").scrollTop = scroll;
    const slider = byId("slider");
    slider.max = String(last());
    slider.value = String(now.at);
    slider.setAttribute("aria-valuetext", `step ${now.at} of ${last()}`);
    byId("count").textContent = `${now.at} / ${last()}`;
    for (const button of document.querySelectorAll("[data-go]")) {
      const back = ["first", "back", "change-back"].includes(button.dataset.go);
      button.setAttribute("aria-disabled", String(back ? now.at === 0 : now.at === last()));
    }
    remember();
  }

  function go(where) {
    const changes = [];
    for (let number = 2; number <= last(); number++) {
      if (step(number).actor !== step(number - 1).actor) changes.push(number);
    }
    const target = {
      first: 0,
      last: now.predict ? now.furthest : last(),
      back: now.at - 1,
      on: now.at + 1,
      "change-back": changes.findLast((number) => number < now.at) ?? 0,
      "change-on": changes.find((number) => number > now.at) ?? last(),
    }[where];
    if (now.predict && where === "on" && now.at === now.furthest && now.at < last()) ask();
    else show(target);
  }

  function restart() {
    now.furthest = now.predict ? now.at : 0;
    now.right = now.asked = 0;
  }

  function choose(index, outcome = 0, broken = false, at = 0) {
    now.scenario = index;
    now.outcome = Math.min(outcome, scenario().runs.length - 1);
    now.broken = broken && Boolean(scenario().broken);
    now.at = Math.min(at, last());
    restart();
    byId("scenario").selectedIndex = index;
    byId("code-switch").hidden = !scenario().broken;
    byId("outcome").parentElement.hidden = scenario().runs[0].outcome === "";
    drawHeads();
    chosen();
  }

  /** Draws what depends on the outcome and on which code runs. */
  function chosen() {
    const { runs, broken } = scenario();
    const note = (it) => (it.note ? `, ${it.note}` : "");
    byId("outcome").replaceChildren(
      ...(now.broken
        ? [new Option(`must not be: ${broken.outcome}`)]
        : runs.map((it, number) => new Option(`${number + 1} of ${runs.length}${note(it)}: ${it.outcome}`, number))),
    );
    byId("outcome").selectedIndex = now.broken ? 0 : now.outcome;
    byId("as-it-is").setAttribute("aria-pressed", String(!now.broken));
    byId("broken").setAttribute("aria-pressed", String(now.broken));
    makeSteps();
    drawBug();
    drawPrinted();
    show(now.at);
  }

  function useOutcome(index) {
    if (index >= scenario().runs.length) return;
    now.outcome = index;
    now.broken = false;
    restart();
    chosen();
  }

  function useBroken(broken) {
    if (!scenario().broken || broken === now.broken) return;
    now.broken = broken;
    restart();
    chosen();
  }

  function usePredict(predict) {
    now.predict = predict;
    byId("predict").setAttribute("aria-pressed", String(predict));
    restart();
    show(now.at);
  }

  const themes = ["auto", "light", "dark"];
  function nextTheme() {
    const root = document.documentElement;
    root.dataset.theme = themes[(themes.indexOf(root.dataset.theme) + 1) % themes.length];
    byId("theme").setAttribute("aria-label", `Theme: ${root.dataset.theme === "auto" ? "system" : root.dataset.theme}`);
  }

  // ---- the address: #s=SCENARIO&o=OUTCOME&step=N, and b=1 for the broken code ----

  let written = "";
  let writing = 0;
  /** Not at each step: a browser refuses so many changes in a second. */
  function remember() {
    clearTimeout(writing);
    writing = setTimeout(() => {
      const parts = [`s=${scenario().id}`, `o=${now.outcome + 1}`];
      if (now.broken) parts.push("b=1");
      written = `#${parts.join("&")}&step=${now.at}`;
      history.replaceState(null, "", written);
    }, 150);
  }

  function follow() {
    const asked = new URLSearchParams(location.hash.slice(1));
    const index = data.scenarios.findIndex((it) => it.id === asked.get("s"));
    const number = (key, fallback) => Math.max(0, Number.parseInt(asked.get(key) ?? "", 10) || fallback);
    choose(Math.max(0, index), Math.max(0, number("o", 1) - 1), asked.get("b") === "1", number("step", 0));
  }

  // ---- for print: a column for each thread, and the map where it changes ----

  function drawPrinted() {
    const table = make("table", "");
    const head = make("tr", "", make("th", "", "step"));
    for (let actor = 0; actor < threads(); actor++) head.append(make("th", "", name(actor)));
    head.append(make("th", "", "the map, where it changes"));
    const body = make("tbody", "");
    const row = (number, actor, label, map) => {
      const line = make("tr", "", make("td", "", number));
      for (let at = 0; at < threads(); at++) line.append(make("td", "", at === actor ? label : ""));
      line.append(make("td", "", make("code", "", map)));
      body.append(line);
      return line;
    };
    row("", -1, "", mapAt(0).text);
    for (let number = 1; number <= last(); number++) {
      const { actor, label } = step(number);
      const [map, before] = [mapAt(number).text, mapAt(number - 1).text];
      const line = row(String(number), actor, label, map === before ? "" : map);
      if (number > 1 && step(number - 1).actor !== actor) line.className = "change";
    }
    table.append(make("thead", "", head), body);
    const end = run().outcome ? `${now.broken ? "Must not be" : "Allowed"}: ${run().outcome}` : "";
    byId("printed").replaceChildren(
      make("h1", "", scenario().title),
      make("p", "", ...rich(now.broken ? `Broken: ${scenario().patch.what}. ${scenario().rule}` : scenario().intro)),
      table, make("p", "", end),
    );
  }

  // ---- keys and buttons ----

  function onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || byId("keys").open) return;
    const inField = event.target instanceof Element && event.target.closest("select, input");
    const moves = { ArrowRight: "on", ArrowLeft: "back", Home: "first", End: "last", "]": "change-on", "[": "change-back" };
    const where = moves[event.key];
    if (where && !(inField && event.key.length > 1)) {
      go(where);
      event.preventDefault();
      return;
    }
    if (inField && inField.tagName === "SELECT") return;
    const question = !byId("question").hidden;
    if (/^[1-9]$/.test(event.key)) {
      if (question) byId("answers").children[Number(event.key) - 1]?.click();
      else useOutcome(Number(event.key) - 1);
    }
    const key = event.key.toLowerCase();
    if (key === "b") useBroken(!now.broken);
    if (key === "p") usePredict(!now.predict);
    if (key === "t") nextTheme();
    if (key === "?") byId("keys").showModal();
  }

  const groups = new Map();
  data.scenarios.forEach((it, index) => {
    if (!groups.has(it.group)) groups.set(it.group, make("optgroup", ""));
    groups.get(it.group).label = it.group;
    groups.get(it.group).append(new Option(it.title, index));
  });
  byId("scenario").append(...groups.values());
  byId("scenario").addEventListener("change", (event) => choose(Number(event.target.value)));
  byId("outcome").addEventListener("change", (event) => useOutcome(Number(event.target.value)));
  byId("as-it-is").addEventListener("click", () => useBroken(false));
  byId("broken").addEventListener("click", () => useBroken(true));
  byId("predict").addEventListener("click", () => usePredict(!now.predict));
  byId("theme").addEventListener("click", nextTheme);
  byId("help").addEventListener("click", () => byId("keys").showModal());
  for (const button of document.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => go(button.dataset.go));
  }
  byId("slider").addEventListener("input", (event) => show(Number(event.target.value)));
  byId("lanes").addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    show(Number(button.dataset.step));
    document.querySelector(`[data-step="${now.at}"]`)?.focus({ preventScroll: true });
  });
  addEventListener("keydown", onKey);
  addEventListener("hashchange", () => {
    if (location.hash !== written) follow();
  });
  new ResizeObserver(drawArrows).observe(byId("picture"));
  follow();
})();
