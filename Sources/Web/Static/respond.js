// SPDX-License-Identifier: AGPL-3.0-or-later
// A responder's phone. form[data-offline] is kept on the phone first and sent after, with its own token, so
// that a lost signal loses nothing and a second sending stores nothing twice. Wiped as soon as the server has it.

import { page, workerAddress } from "./fragment.js";
import { busy, claim, forget, isBusy, keep, note, noted, send, sendWaiting, shares, shelve, wipe } from "./shelf.js";
import { clockTime, refresh } from "./time.js";
import { writing } from "./calls.js";

const shelf = () => document.querySelector("[data-waiting]");
const words = (name, otherwise) => shelf()?.dataset[name] ?? otherwise;

const root = document.querySelector("[data-respond]");
const offline = document.querySelector("[data-respond-offline]");

/** Something changed while we were sending: a reload in between would send it again. */
let isStale = false;

async function sendAll() {
  if (await sendWaiting()) isStale = true;
  await draw();
  if (isStale && root && !isBusy() && !writing()) location.reload();
}

// ---------------------------------------------------------------- the list

/** What was written, to read and write again. */
function written(item) {
  const values = document.createElement("ul");
  values.append(...texts(item).map((value) => {
    const row = document.createElement("li");
    row.textContent = value;
    return row;
  }));
  return values;
}

function texts(item) {
  const hidden = new Set(["token", ...[...document.querySelectorAll("input[data-fresh]")].map((input) => input.name)]);
  return item.fields.filter(([name, value]) =>
    typeof value === "string" && value !== "" && !name.startsWith("_") && !hidden.has(name)).map(([, value]) => value);
}

const files = (item) => item.fields.map(([, value]) => value).filter((value) => value instanceof File);

/** What tells one from another: its first words, and how many photos. */
function gist(item) {
  const text = (item.fields.find(([name, value]) => name === "words" && value !== "") ?? [])[1] ?? texts(item).join(" · ");
  const first = text.length > 60 ? `${text.slice(0, 60).trimEnd()}…` : text;
  return [first, words("photos", "").split("|")[files(item).length - 1]].filter(Boolean).join(" · ");
}

function pressed(text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small";
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}

/** The ways on with what the server refused: as it is, without its photos, which can be saved as files. */
function ways(item) {
  const again = async (changed) => {
    // What is on its way would come back over this one.
    while (isBusy()) await new Promise((later) => setTimeout(later, 200));
    await keep({ ...changed, state: "saved", status: undefined });
    if (offline) await draw(); else await sendAll();
  };
  const row = document.createElement("p");
  row.className = "row";
  row.append(pressed(words("again", "Send again"), () => again(item)));
  const photos = files(item);
  if (photos.length === 0) return row;
  const rest = item.fields.filter(([, value]) => !(value instanceof File));
  row.append(pressed(words("without", "Send without the photo"), () => again({ ...item, fields: rest })));
  for (const photo of photos) {
    const save = document.createElement("a");
    save.className = "button small";
    save.download = photo.name;
    save.textContent = words("save", "Save the photo");
    // Made when it is pressed: the list is drawn anew every half a minute.
    save.href = "#";
    save.addEventListener("click", () => {
      save.href = URL.createObjectURL(photo);
      setTimeout(() => URL.revokeObjectURL(save.href), 60_000);
    });
    row.append(save);
  }
  return row;
}

async function draw() {
  const list = shelf()?.querySelector(".waiting");
  if (!list) return;
  const { mine: items, others } = await shares().catch(() => ({ mine: [], others: 0 }));
  shelf().hidden = items.length + others === 0;
  const held = document.createElement("li");
  held.textContent = words("others", "Something of another person waits on this phone.");
  list.replaceChildren(...(others > 0 ? [held] : []), ...items.map((item) => {
    const row = document.createElement("li");
    const text = document.createElement("div");
    const title = document.createElement("strong");
    title.textContent = item.title;
    const time = document.createElement("time");
    time.dateTime = item.at;
    time.dataset.relative = "";
    // Under a minute nothing else is said.
    time.textContent = clockTime(Date.parse(item.at));
    const what = document.createElement("p");
    what.className = item.state === "refused" ? "error" : "hint";
    what.textContent = item.state === "sign-in" ? words("signIn", "Sign in again and it will send itself.")
      : item.status === 413 ? words("large", "It is too large to send.")
      : item.state === "refused" ? words("refused", "The server did not take this one.")
      : words("saved", "Saved on this phone. It will send itself.");
    const which = document.createElement("p");
    which.textContent = item.isStep ? "" : gist(item);
    text.append(title, " ", time, ...(which.textContent ? [which] : []), what);
    if (item.state === "refused") text.append(written(item), ways(item));
    const erase = pressed(words("erase", "Erase"), async () => {
      if (erase.dataset.sure) { await wipe(item.token); await draw(); return; }
      erase.dataset.sure = "yes";
      erase.textContent = words("sure", "Erase? Tap again");
    });
    erase.classList.add("quiet", "push");
    row.append(text, erase);
    return row;
  }));
  refresh(list);
}

// ---------------------------------------------------------------- the form

function fields(form, submitter) {
  const data = submitter?.name ? new FormData(form, submitter) : new FormData(form);
  return [...data].filter(([, value]) => !(value instanceof File) || value.size > 0);
}

/** The server's page with its errors, in place of this one; chosen photos stay chosen. False: it held no form. */
async function showErrors(response, form) {
  const fresh = page(await response.text()).querySelector("main");
  const main = document.querySelector("main");
  if (!fresh?.querySelector("form[data-offline]") || !main) return false;
  for (const input of form.querySelectorAll("input[type=file]")) {
    fresh.querySelector(`input[type=file][name="${CSS.escape(input.name)}"]`)?.replaceWith(input);
  }
  for (const note of fresh.querySelectorAll("[data-files-gone]")) note.remove();
  main.replaceChildren(...document.adoptNode(fresh).childNodes);
  main.querySelector(".errors")?.focus();
  return true;
}

/** A step of an assignment, and where it leads: known here before the server knows. */
const LEADS = { "on-the-way": "on_the_way", arrive: "on_scene", "check-in": "on_scene", done: "done" };
const address = (form) => new URL(form.action).pathname;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-offline], [data-offline-step]") || !("indexedDB" in globalThis)) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const isStep = form.matches("[data-offline-step]");
  const token = (isStep ? "" : form.elements.token?.value) || crypto.randomUUID();
  const at = new Date().toISOString();
  const typed = fields(form, event.submitter).filter(([name]) => name !== "_once" && name !== "token");
  let item = {
    token, at, action: form.action, title: form.dataset.offlineTitle ?? document.title, state: "saved",
    fields: isStep ? typed : [...typed, ["token", token]], isStep,
  };
  try { item = await shelve(item); } catch {
    // No room or storage off: the plain way still works with a signal.
    form.submit();
    return;
  }
  if (!isStep) {
    clearTimeout(typing);
    typedIn = null;
    await forget(`draft:${address(form)}`).catch(() => {});
  }
  busy(true);
  const { outcome, response } = await send(item);
  busy(false);
  delete form.dataset.busy;
  if (outcome === "sent") {
    await wipe(token);
    // What is being typed, or is on its way itself, must not be lost to a new page.
    await saveTyped();
    if (document.querySelector("form[data-busy]")) return;
    location.assign(response.redirected ? response.url : location.href);
    return;
  }
  if (outcome === "refused") {
    // A step that came too late changed nothing, and the page says why. Else the form comes back with its errors, or it
    // stays on the shelf with what was written.
    const answer = isStep ? page(await response.text()).querySelector("main") : null;
    if (answer) {
      await wipe(token);
      document.querySelector("main").replaceChildren(...document.adoptNode(answer).childNodes);
    } else if (!isStep && (await showErrors(response, form))) await wipe(token);
    else { await keep({ ...item, state: "refused", status: response.status }); await draw(); }
    return;
  }
  await keep({ ...item, state: outcome });
  if (isStep) {
    const known = await noted("assignment").catch(() => null);
    await note("assignment", { ...known, state: LEADS[address(form).split("/").pop()] ?? known?.state }).catch(() => {});
    // The page for no signal shows what comes next.
    if (offline) await drawSteps();
    else if (navigator.serviceWorker?.controller) { location.reload(); return; }
  } else {
    // A new token: what is written next is another observation.
    if (form.elements.token) form.elements.token.value = crypto.randomUUID();
    form.reset();
  }
  await draw();
  shelf()?.scrollIntoView({ block: "center" });
});

// ---------------------------------------------------------------- words that are being typed

const forms = () => [...document.querySelectorAll("form[data-offline]")];
let typing;
/** The form whose last letters are not noted yet. */
let typedIn = null;

async function saveTyped() {
  clearTimeout(typing);
  const form = typedIn;
  typedIn = null;
  if (!form) return;
  const typed = fields(form).filter(([name, value]) => typeof value === "string" && !name.startsWith("_") && name !== "token");
  await note(`draft:${address(form)}`, typed).catch(() => {});
}

document.addEventListener("input", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-offline]") : null;
  if (!form) return;
  clearTimeout(typing);
  typedIn = form;
  typing = setTimeout(saveTyped, 300);
});

async function restore() {
  for (const form of forms()) {
    const typed = await noted(`draft:${address(form)}`).catch(() => null);
    for (const [name, value] of typed ?? []) {
      const field = form.elements[name];
      // What the server sent back with its errors is newer.
      if (field && (field instanceof RadioNodeList || field.value === "" || field.type === "radio")) field.value = value;
    }
  }
}

// ---------------------------------------------------------------- no signal

/** The empty page of the worker: the buttons and the form for the assignment that this phone knew last. */
async function drawSteps() {
  const known = await noted("assignment").catch(() => null);
  for (const part of offline.querySelectorAll("[data-for]")) part.hidden = !known?.id || !part.dataset.for.split(" ").includes(known.state);
  if (!known?.id) return;
  for (const form of offline.querySelectorAll("form[data-resource]")) form.action = `/respond/${known.id}/${form.dataset.resource}`;
}

if (root) {
  const { assignment, state } = root.dataset;
  claim().then(() => (assignment ? note("assignment", { id: assignment, state }) : forget("assignment"))).catch(() => {});
  navigator.serviceWorker?.register(workerAddress("/respond/worker.js"), { scope: "/respond" })
    .then((registration) => registration.active?.postMessage("renew")).catch(() => {});
}
if (offline) {
  await drawSteps();
  // With a signal the page itself has the token that sending needs.
  addEventListener("online", () => location.reload());
  setInterval(async () => {
    const answer = await fetch("/healthz", { cache: "no-store" }).catch(() => null);
    if (answer?.ok) location.reload();
  }, 20_000);
}
await restore();

if (!offline) {
  addEventListener("online", sendAll);
  setInterval(sendAll, 30_000);
  sendAll();
} else draw();
