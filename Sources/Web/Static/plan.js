// SPDX-License-Identifier: AGPL-3.0-or-later
// The family plan. Nothing here asks the network for anything: the plan lives in the fields, in `plan-store.js` when
// somebody chose to keep it, and in files that they save. The empty page is kept by a worker that can't read the plan.
import { PlanFileError, able, check, derive, open, read, seal } from "./plan-file.js";
import { merge } from "./plan-merge.js";
import { messages } from "./plan-messages.js";
import { forgetPage, keepPage } from "./plan-page.js";
import * as store from "./plan-store.js";

const root = document.getElementById("plan");
const find = (selector) => root.querySelector(selector);
const all = (selector) => [...root.querySelectorAll(selector)];
const fields = all("[data-plan]");
const shortest = 12;
const idle = 10 * 60_000;

let answers = {};
let isKept = false;
/** The key of a locked plan while it is open; only in memory. */
let lock = null;
let isShut = false;
let waiting = null;
let timer = 0;
let incoming = null;

// ---- what is said

const words = (name, n) => (root.dataset[`said${name[0].toUpperCase()}${name.slice(1)}`] ?? "").replace("{n}", n);
const status = (name) => { find("[data-plan-status]").textContent = words(name); };
const note = (part, text) => { find(`[data-plan-note=${part}]`).textContent = text; };

function complain(part, name, field) {
  const line = find(`[data-plan-error=${part}]`);
  line.hidden = !name;
  line.textContent = name ? words(name) : "";
  line.id = `${part}-error`;
  for (const input of all(`input[id^=${part}-]`)) { input.removeAttribute("aria-invalid"); input.removeAttribute("aria-describedby"); }
  if (!name || !field) return;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", line.id);
  field.focus();
}

// ---- answers and fields

const empty = () => Object.keys(answers).length === 0;
const plan = () => ({ version: 1, answers });
const rowsOf = (group) => all("[data-plan-row]").filter((row) => row.dataset.planRow.replace(/\.\d+$/, "") === group);

function mirror(field) {
  // What is printed: a field can cut its text off, a paragraph can't.
  let shown = field.parentElement.querySelector(":scope > .filled");
  if (field.type === "checkbox") return;
  if (!shown) {
    shown = document.createElement("p");
    shown.className = "filled";
    shown.translate = false;
    shown.dir = "auto";
    field.after(shown);
  }
  shown.textContent = field.value;
}

function show() {
  for (const field of fields) {
    const value = answers[field.dataset.plan];
    if (field.type === "checkbox") field.checked = value === true;
    else field.value = typeof value === "string" ? value : "";
    mirror(field);
  }
  const filled = (row) => [...row.querySelectorAll("[data-plan]")].some((field) => answers[field.dataset.plan] !== undefined);
  const last = new Map();
  for (const row of all("[data-plan-row]")) {
    const [, group, number] = /^(.+)\.(\d+)$/.exec(row.dataset.planRow);
    if (filled(row)) last.set(group, Number(number));
  }
  for (const row of all("[data-plan-row]")) {
    const [, group, number] = /^(.+)\.(\d+)$/.exec(row.dataset.planRow);
    row.hidden = Number(number) > Math.max(last.get(group) ?? 1, 1);
  }
  for (const button of all("[data-plan-add]")) button.hidden = rowsOf(button.dataset.planAdd).every((row) => !row.hidden);
  paper();
  compose();
}

/** The sheets of the affidavit: one for each child that has an answer, else an empty one. */
function paper() {
  for (const sheet of all("[data-plan-paper]")) {
    let has = false;
    for (const place of sheet.querySelectorAll("[data-plan-fill]")) {
      const value = answers[place.dataset.planFill];
      has ||= value !== undefined;
      place.textContent = value === true ? "✕" : value ?? "";
    }
    sheet.hidden = !has && !sheet.dataset.planPaper.endsWith(".1");
  }
}

function take(field) {
  const value = field.type === "checkbox" ? field.checked || undefined : field.value.trim() ? field.value : undefined;
  if (value === undefined) delete answers[field.dataset.plan];
  else answers[field.dataset.plan] = value;
  mirror(field);
}

function clear() {
  answers = {};
  incoming = null;
  for (const input of all("input[type=password], input[type=file]")) input.value = "";
  find("#message-text").value = "";
  show();
}

// ---- keeping

const state = () => status(isKept ? (lock ? "locked" : "kept") : empty() ? "empty" : "fresh");

async function save() {
  clearTimeout(waiting);
  waiting = null;
  if (!isKept || isShut) return;
  const text = plan();
  const done = lock ? store.keepSealed(await seal(lock, text)) : store.keep(JSON.stringify(text));
  if (!done) { isKept = false; status("failed"); }
}

async function keep() {
  isKept = true;
  await save();
  if (!isKept) return;
  // Asks the browser not to delete it when space runs out. No request is made.
  navigator.storage?.persist?.().catch(() => { /* it decides by itself */ });
  mode();
  keepShell();
}

/** Who keeps a plan wants it where there is no signal: the page itself is kept too, and only then. */
async function keepShell() {
  const done = await keepPage();
  if (!isKept) { await forgetPage(); return; }
  note("page", done ? words("page") : "");
}

/** Which controls fit how things are. */
function mode() {
  for (const part of all("[data-plan-open]")) part.hidden = isShut;
  find("#messages").hidden = isShut;
  find("[data-plan-door]").hidden = !isShut;
  find(".plan-bar").hidden = isShut;
  for (const part of all("[data-plan-when=locked]")) part.hidden = !lock;
  for (const part of all("[data-plan-when=unlocked]")) part.hidden = Boolean(lock);
  for (const button of all("[data-plan-do=keep]")) button.hidden = isKept;
  for (const button of all(".plan-bar [data-plan-do=lock-now]")) button.hidden = !lock;
  if (!isShut) state();
}

function shut() {
  isShut = true;
  lock = null;
  clearTimeout(timer);
  clear();
  mode();
}

function stir() {
  clearTimeout(timer);
  if (lock) timer = setTimeout(lockNow, idle);
}

async function lockNow() {
  await save();
  shut();
  find("#door-pass").focus();
}

function begin() {
  const found = store.look();
  isKept = Boolean(found);
  if (found) keepShell();
  if (found?.sealed) { isShut = true; mode(); clear(); return; }
  isShut = false;
  try { answers = found ? read(found.open).answers : {}; } catch { answers = {}; isKept = false; }
  show();
  mode();
}

// ---- what the buttons do

async function passphrase(part) {
  const [first, again] = [find(`#${part}-pass`), find(`#${part}-again`)];
  if (first.value.normalize("NFKC").trim().length < shortest) { complain(part, "short", first); return null; }
  if (first.value !== again.value) { complain(part, "differ", again); return null; }
  complain(part, "");
  const typed = first.value;
  first.value = again.value = "";
  return typed;
}

async function busy(button, work) {
  // Not `disabled`: that would take the keyboard's place away.
  if (button.dataset.busy) return;
  button.dataset.busy = "yes";
  try { await work(); } finally { delete button.dataset.busy; }
}

async function bytesOf(input) {
  const file = input.files[0];
  // A plan is some kilobytes; a film is not one.
  if (file.size > 2_000_000) throw new PlanFileError("foreign");
  return new Uint8Array(await file.arrayBuffer());
}

function putIn(next, said) {
  answers = next;
  isShut = false;
  show();
  mode();
  note("open", said);
  find("[data-plan-ask]").hidden = true;
  incoming = null;
  return save();
}

const deeds = {
  keep,
  "lock-now": lockNow,
  async unlock() {
    const field = find("#door-pass");
    try {
      const opened = await open(store.look()?.sealed ?? new Uint8Array(), field.value);
      field.value = "";
      complain("door", "");
      ({ answers } = opened.plan);
      lock = opened.derived;
      isShut = false;
      show();
      mode();
      stir();
      document.getElementById("main").focus();
    } catch (problem) {
      complain("door", problem.reason ?? "damaged", field);
    }
  },
  async lock() {
    const typed = await passphrase("lock");
    if (!typed) return;
    lock = await derive(typed);
    await keep();
    stir();
  },
  async "unlock-always"() {
    lock = null;
    await keep();
  },
  async save() {
    const typed = await passphrase("file");
    if (!typed) return;
    note("file", words("working"));
    const bytes = await seal(await derive(typed), plan());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    link.download = "family-plan.plan";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    note("file", words("saved"));
  },
  async open() {
    const [file, field] = [find("#open-file"), find("#open-pass")];
    find("[data-plan-ask]").hidden = true;
    note("open", "");
    if (!file.files.length) { complain("open", "choose", file); return; }
    try {
      const bytes = await bytesOf(file);
      await check(bytes);
      note("open", words("working"));
      incoming = (await open(bytes, field.value)).plan.answers;
    } catch (problem) {
      note("open", "");
      complain("open", problem.reason ?? "damaged", problem.reason === "wrong" ? field : file);
      return;
    }
    complain("open", "");
    note("open", "");
    field.value = file.value = "";
    // A locked plan stands behind its door: opening a file over it would erase it, so that is asked too.
    if (empty() && !isShut) { await putIn(incoming, words("opened")); return; }
    const ask = find("[data-plan-ask]");
    ask.hidden = false;
    find("[data-plan-do=merge]").hidden = isShut;
    ask.focus();
  },
  merge() {
    const both = merge(answers, incoming, (group) => rowsOf(group).length);
    const said = [words("merged"), both.clashed ? words("clashed", both.clashed) : "", both.over ? words("over", both.over) : ""];
    return putIn(both.answers, said.filter(Boolean).join(" "));
  },
  replace() {
    // The locked plan is gone with this, and its lock: nothing is kept until they say so again.
    if (isShut) { store.erase(); isKept = false; }
    return putIn(incoming, words("opened"));
  },
  neither() {
    incoming = null;
    find("[data-plan-ask]").hidden = true;
    find("#open-file").focus();
  },
  erase(button) {
    find("[data-plan-sure]").hidden = false;
    button.setAttribute("aria-expanded", "true");
    find("[data-plan-do=erase-not]").focus();
  },
  "erase-not"() {
    find("[data-plan-sure]").hidden = true;
    find("[data-plan-do=erase]").setAttribute("aria-expanded", "false");
    find("[data-plan-do=erase]").focus();
  },
  "erase-sure"() {
    clearTimeout(waiting);
    clearTimeout(timer);
    store.erase();
    [isKept, isShut, lock] = [false, false, null];
    clear();
    for (const part of all("[data-plan-note]")) part.textContent = "";
    deeds["erase-not"]();
    mode();
    status("erased");
    return forgetPage();
  },
};

root.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (!button) return;
  const deed = deeds[button.dataset.planDo];
  if (deed) busy(button, () => deed(button));
  if (button.dataset.planAdd) {
    const next = rowsOf(button.dataset.planAdd).find((row) => row.hidden);
    if (next) { next.hidden = false; next.querySelector("[data-plan]").focus(); }
    button.hidden = rowsOf(button.dataset.planAdd).every((row) => !row.hidden);
  }
  if (button.hasAttribute("data-plan-copy")) copy();
});

/** The affidavit from what was written about the children; what is in it already stays. */
function copy() {
  for (const child of rowsOf("children.child")) {
    const number = child.dataset.planRow.split(".").at(-1);
    if (!answers[`children.child.${number}.name`]) continue;
    for (const field of all(`[data-plan^="caregiver.form.${number}."][data-plan-from]`)) {
      const [topic, group, name] = field.dataset.planFrom.split(".");
      const value = answers[`${topic}.${group}.${rowsOf(`${topic}.${group}`).length === 1 ? 1 : number}.${name}`];
      if (value !== undefined) answers[field.dataset.plan] ??= value;
    }
  }
  show();
  changed();
  find("[data-plan-copied]").textContent = words("copied");
}

function changed() {
  state();
  stir();
  clearTimeout(waiting);
  // An open plan is kept at once; sealing takes a moment, so a locked one waits for a pause in typing.
  if (isKept && !lock) save();
  else if (isKept) waiting = setTimeout(save, 300);
}

root.addEventListener("input", (event) => {
  if (!event.target.dataset?.plan) return;
  take(event.target);
  if (event.target.dataset.plan.startsWith("caregiver.")) paper();
  changed();
});
// A message is composed anew when its parts changed, not while somebody types.
root.addEventListener("change", (event) => { if (event.target.dataset?.plan) compose(); });
// Enter in a passphrase is the button under it; there is no form to send.
root.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.type !== "password") return;
  event.preventDefault();
  event.target.closest("section, [data-plan-crypto], [data-plan-when]").querySelector("[data-plan-do]")?.click();
});
addEventListener("pointerdown", stir);
document.addEventListener("visibilitychange", () => { if (document.hidden && waiting) save(); });

// After a quick exit nothing may stand in a page that the browser keeps for its back button, and a locked plan is locked.
addEventListener("pagehide", () => {
  if (waiting) save();
  if (!document.documentElement.hidden && !lock) return;
  for (const field of fields) field.value = "";
  for (const shown of all(".filled, [data-plan-fill]")) shown.textContent = "";
});
addEventListener("pageshow", (event) => { if (event.persisted && (lock || isKept)) { lock = null; begin(); } });
// Another tab kept, locked or erased it. What was typed here and never kept stays.
store.changedElsewhere(() => {
  if (!isKept && !empty()) return;
  if (waiting) { clearTimeout(waiting); waiting = null; }
  lock = null;
  clear();
  begin();
});

const compose = messages(find("#messages"), () => answers, (word) => note("messages", word ? words(word) : ""));

if (!able()) {
  for (const part of all("[data-plan-crypto]")) part.hidden = true;
  find("[data-plan-no-crypto]").hidden = false;
}
begin();
