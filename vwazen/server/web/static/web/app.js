/* Vwazen: keys, clocks and guards. Every page works without this file; it only saves steps.
   Nothing is stored in the browser but whether single keys are on: answers never rest here. */
(() => {
  "use strict";

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const KEYS_OFF = "vwazen-keys-off";
  const typing = (element) =>
    element.isContentEditable ||
    element.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit], [type=button])");

  const remembered = () => {
    try { return localStorage.getItem(KEYS_OFF) === "1"; } catch { return false; }
  };
  const remember = (off) => {
    try { if (off) localStorage.setItem(KEYS_OFF, "1"); else localStorage.removeItem(KEYS_OFF); } catch { /* private mode */ }
  };
  let keysOff = remembered();

  /* the list of keys */

  const dialog = document.getElementById("keys");

  function showKeys() {
    if (!dialog || dialog.open) return;
    for (const entry of all("[data-needs]", dialog)) entry.hidden = !document.querySelector(entry.dataset.needs);
    dialog.showModal();
  }

  const toggle = dialog && dialog.querySelector("[data-keys-toggle]");
  if (toggle) {
    const say = () => { toggle.textContent = keysOff ? toggle.dataset.on : toggle.dataset.off; };
    toggle.addEventListener("click", () => { keysOff = !keysOff; remember(keysOff); say(); });
    say();
  }
  for (const button of all("[data-show-keys]")) {
    button.hidden = false;
    button.addEventListener("click", showKeys);
  }

  /* lists: from row to row */

  const rowLinks = () =>
    all(".rows > .row, [data-rows] > *")
      .filter((row) => row.offsetParent !== null)
      .map((row) => row.querySelector("a.name, a[href], button"))
      .filter(Boolean);

  function toRow(step) {
    const links = rowLinks();
    if (!links.length) return false;
    const here = links.findIndex((link) => {
      const row = link.closest(".row, [data-rows] > *");
      return row && row.contains(document.activeElement);
    });
    const next = here < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, here + step));
    links[next].focus();
    return true;
  }

  /* asking an instrument: one digit answers and moves on */

  const questions = (form) => all("fieldset.q", form).filter((q) => q.querySelector("input[type=radio]"));
  const answered = (question) => question.querySelector("input:checked");

  function toQuestion(question) {
    if (!question) return;
    (answered(question) || question.querySelector("input")).focus();
    question.scrollIntoView({ block: "nearest" });
  }

  function changed(input) {
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function ask(form, event) {
    const list = questions(form);
    const inside = list.findIndex((q) => q.contains(document.activeElement));
    const here = inside >= 0 ? inside : list.findIndex((q) => !answered(q));
    const question = list[here];
    if (!question) return false;
    if (/^[0-9]$/.test(event.key)) {
      const input = all("input[type=radio]", question).find((i) => i.value === event.key);
      if (!input) return false;
      input.checked = true;
      changed(input);
      if (list[here + 1]) toQuestion(list[here + 1]);
      else {
        const save = form.querySelector("button:not([type=button])");
        if (save) save.focus(); else input.focus();
      }
      return true;
    }
    if (inside < 0) return false;
    if (event.key === "ArrowUp") { toQuestion(list[Math.max(0, here - 1)]); return true; }
    if (event.key === "ArrowDown") {
      toQuestion(list.slice(here + 1).find((q) => !answered(q)) || list[here + 1] || question);
      return true;
    }
    if (event.key === "Delete" || event.key === "Backspace") {
      const input = answered(question);
      if (input) { input.checked = false; changed(input); }
      question.querySelector("input").focus();
      return true;
    }
    return false;
  }

  /* an answer that opens the risk steps shows its banner at once, before the score */
  for (const banner of all("[data-when-alert]")) {
    const form = document.querySelector(banner.dataset.whenAlert);
    if (!form) continue;
    const look = () => { banner.hidden = !form.querySelector(".pick.alert input:checked"); };
    form.addEventListener("change", look);
    look();
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (keysOff || (dialog && dialog.open)) return;
    const target = document.activeElement || document.body;
    if (typing(target)) return;
    const form = target.closest("form[data-ask]") || document.querySelector("form[data-ask]");
    if (form && (form.contains(target) || target === document.body || target.id === "main") && ask(form, event)) {
      event.preventDefault();
      return;
    }
    const inRow = target.closest(".rows, [data-rows]");
    let done = false;
    if (event.key === "j" || (inRow && event.key === "ArrowDown")) done = toRow(1);
    else if (event.key === "k" || (inRow && event.key === "ArrowUp")) done = toRow(-1);
    else if (event.key === "?") { showKeys(); done = true; }
    else if (event.key === "/") {
      const search = document.querySelector("[type=search]");
      if (search) { search.focus(); search.select(); done = true; }
    }
    if (done) event.preventDefault();
  });

  /* a grid of lines: Enter goes on to the next cell, arrows go up and down, lines are added without asking the node */

  for (const grid of all("form[data-grid]")) {
    const table = grid.querySelector("table");
    const cells = (row) => all("input[type=text], select", row.querySelector("tr"));
    const lines = () => all("[data-row]", table);
    const drawn = () => {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      bytes[6] = bytes[6] & 15 | 64;
      bytes[8] = bytes[8] & 63 | 128;
      const word = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
      return word.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    };
    function addLine() {
      const list = lines();
      const line = list[list.length - 1].cloneNode(true);
      const at = String(list.length);
      for (const says of all("[data-says]", line)) says.remove();
      line.classList.remove("bad");
      for (const one of all("[name], [id], [for]", line)) {
        if (one.name === "row") one.value = drawn();
        else if (one.name) one.name = one.name.replace(/^\d+/, at);
        if (one.id) one.id = one.id.replace(/^c\d+/, "c" + at);
        if (one.htmlFor) one.htmlFor = one.htmlFor.replace(/^c\d+/, "c" + at);
        one.removeAttribute("aria-invalid");
        one.removeAttribute("aria-describedby");
      }
      for (const one of all("input[type=text]", line)) { one.value = ""; one.removeAttribute("value"); }
      for (const one of all("select", line)) one.selectedIndex = 0;
      for (const one of all("label .sr", line)) one.textContent = one.textContent.replace(/\d+/, String(list.length + 1));
      table.append(line);
      return line;
    }
    const more = grid.querySelector("[data-more]");
    const most = 60;
    if (more) more.addEventListener("click", (event) => {
      event.preventDefault();
      let first = null;
      for (let n = 0; n < 15 && lines().length < most; n += 1) first = [first, addLine()].find(Boolean);
      if (lines().length >= most) more.hidden = true;
      if (first) cells(first)[0].focus();
    });
    grid.addEventListener("keydown", (event) => {
      if (event.isComposing || event.altKey) return;
      const here = event.target;
      const line = here.closest("[data-row]");
      const mine = line ? cells(line) : [];
      const at = mine.indexOf(here);
      if (at < 0) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); grid.requestSubmit(); return; }
      const list = lines();
      const row = list.indexOf(line);
      let next = null;
      if (event.key === "Enter") {
        next = mine[at + 1];
        if (!next) {
          const below = list[row + 1] || (list.length < most ? addLine() : null);
          next = below ? cells(below)[0] : grid.querySelector("button.main");
        }
      } else if (here.tagName === "INPUT" && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        const other = list[row + (event.key === "ArrowDown" ? 1 : -1)];
        next = other ? cells(other)[at] : null;
      } else return;
      event.preventDefault();
      if (next) { next.focus(); if (next.select) next.select(); }
    });
  }

  /* a form that must not be lost is sent only when the node answers: else the page, with what was typed, stays */

  const SELF = document.currentScript && document.currentScript.src;
  for (const form of SELF ? all("form[data-keep]") : []) {
    const notice = document.querySelector(form.dataset.keep);
    let answers = false;
    form.addEventListener("submit", async (event) => {
      if (answers) { answers = false; return; }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.dataset.asking) return;
      form.dataset.asking = "1";
      try {
        await fetch(SELF, { method: "HEAD", cache: "no-store" });
        answers = true;
      } catch { /* nobody there */ }
      delete form.dataset.asking;
      if (notice) notice.hidden = answers;
      if (answers) form.requestSubmit(event.submitter);
      else if (notice) { notice.scrollIntoView({ block: "center" }); notice.focus(); }
    });
  }

  /* forms: warn before unsaved input is lost; send once */

  let unsaved = false;
  for (const form of all("form[data-guard]")) {
    form.addEventListener("input", () => { unsaved = true; });
    form.addEventListener("submit", () => { unsaved = false; });
  }
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });

  for (const form of all("form")) {
    if (form.method !== "post") continue;
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      // after this turn, since a disabled button's own value would not be sent
      setTimeout(() => { for (const button of all("button", form)) button.disabled = true; });
    });
  }
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of all("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of all("button", form)) button.disabled = false;
    }
  });

  /* clocks count by the server's time: a laptop's own clock may be wrong */

  const clocks = all("[data-clock]").map((element) => {
    const now = Date.parse(element.dataset.now);
    return { element, at: Date.parse(element.dataset.clock), ahead: Number.isNaN(now) ? 0 : now - Date.now() };
  });

  function tick() {
    for (const { element, at, ahead } of clocks) {
      const left = Math.max(0, Math.ceil((at - Date.now() - ahead) / 1000));
      if (element.matches("progress")) { element.value = element.max - left / 60; continue; }
      const form = left === 0 ? "past" : left < 60 ? "seconds" : "minutes";
      const words = (element.dataset[form] || "{n}").replace("{n}", form === "minutes" ? Math.ceil(left / 60) : left);
      if (element.textContent !== words) element.textContent = words;
    }
  }
  if (clocks.length) { tick(); setInterval(tick, 1000); }

  /* progress: fetch a fragment again and again until it carries data-done */

  function poll(element) {
    const every = Number(element.dataset.every) || 1000;
    let wait = every;
    const again = () => setTimeout(async () => {
      try {
        const answer = await fetch(element.dataset.poll, { headers: { "X-Fragment": "1" } });
        if (answer.redirected) { location.reload(); return; } // signed out meanwhile
        if (!answer.ok) throw new Error(String(answer.status));
        element.innerHTML = await answer.text();
        wait = every;
        if (element.querySelector("[data-done]")) return;
      } catch {
        wait = Math.min(wait * 2, 30000); // the old state stays; ask less often
      }
      again();
    }, wait);
    again();
  }
  all("[data-poll]").forEach(poll);

  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
