// SPDX-License-Identifier: AGPL-3.0-or-later
// A responder's phone. form[data-offline] is kept on the phone first and sent after, with its own token, so
// that a lost signal loses nothing and a second sending stores nothing twice. Wiped as soon as the server has it.

import { page } from "./fragment.js";
import { refresh } from "./time.js";
import "./calls.js";

const shelf = () => document.querySelector("[data-waiting]");
const words = (name, otherwise) => shelf()?.dataset[name] ?? otherwise;

// ---------------------------------------------------------------- what waits on this phone

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("vecinos", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("waiting", { keyPath: "token" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function shelved(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("waiting", mode, { durability: "strict" });
      const request = act(transaction.objectStore("waiting"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

const keep = (item) => shelved("readwrite", (store) => store.put(item));
const wipe = (token) => shelved("readwrite", (store) => store.delete(token));
const waiting = () => shelved("readonly", (store) => store.getAll());

// ---------------------------------------------------------------- sending

/** "sent" · "later" no signal or a busy server · "sign-in" · "refused" what was written does not pass. */
async function send(item) {
  const body = new FormData();
  // The form's own protection token may have expired with the session: the page's current one counts.
  const current = (name) => document.querySelector(`input[data-fresh][name="${CSS.escape(name)}"]`)?.value;
  for (const [name, kept] of item.fields) {
    const value = typeof kept === "string" ? current(name) ?? kept : kept;
    body.append(name, value, ...(value instanceof File ? [value.name] : []));
  }
  let response;
  try {
    response = await fetch(item.action, {
      method: "POST", body, credentials: "same-origin", headers: { Accept: "text/html", "Idempotency-Key": item.token },
      signal: AbortSignal.timeout(60_000),
    });
  } catch { return { outcome: "later" }; }
  const landed = new URL(response.url, location.href).pathname;
  if (response.status === 401 || (response.redirected && /^\/(sign-in|unlock)/.test(landed))) return { outcome: "sign-in" };
  if (response.ok) return { outcome: "sent", response };
  if (response.status >= 500 || [403, 408, 425, 429].includes(response.status)) return { outcome: response.status === 403 ? "sign-in" : "later" };
  return { outcome: "refused", response };
}

let sending = false;

async function sendAll() {
  if (sending) return;
  sending = true;
  try {
    for (const item of await waiting()) {
      if (item.state === "refused") continue;
      const { outcome } = await send(item);
      if (outcome === "sent") await wipe(item.token);
      else if (item.state !== outcome) await keep({ ...item, state: outcome });
      if (outcome === "later") break;
    }
  } catch (error) { console.warn("waiting", error); } finally {
    sending = false;
    await draw();
  }
}

// ---------------------------------------------------------------- the list

/** What was written, to read and write again. */
function written(item) {
  const values = document.createElement("ul");
  const hidden = new Set(["token", ...[...document.querySelectorAll("input[data-fresh]")].map((input) => input.name)]);
  for (const [name, value] of item.fields) {
    if (typeof value !== "string" || value === "" || hidden.has(name)) continue;
    const row = document.createElement("li");
    row.textContent = value;
    values.append(row);
  }
  return values;
}

async function draw() {
  const list = shelf()?.querySelector(".waiting");
  if (!list) return;
  const items = await waiting().catch(() => []);
  shelf().hidden = items.length === 0;
  list.replaceChildren(...items.map((item) => {
    const row = document.createElement("li");
    const text = document.createElement("div");
    const title = document.createElement("strong");
    title.textContent = item.title;
    const time = document.createElement("time");
    time.dateTime = item.at;
    time.dataset.relative = "";
    const what = document.createElement("p");
    what.className = item.state === "refused" ? "error" : "hint";
    what.textContent = item.state === "sign-in" ? words("signIn", "Sign in again and it will send itself.")
      : item.state === "refused" ? words("refused", "The server did not take this one.")
      : words("saved", "Saved on this phone. It will send itself.");
    text.append(title, " ", time, what);
    if (item.state === "refused") text.append(written(item));
    const erase = document.createElement("button");
    erase.type = "button";
    erase.className = "small quiet push";
    erase.textContent = words("erase", "Erase");
    erase.addEventListener("click", async () => {
      if (erase.dataset.sure) { await wipe(item.token); await draw(); return; }
      erase.dataset.sure = "yes";
      erase.textContent = words("sure", "Erase? Tap again");
    });
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
  main.replaceChildren(...document.adoptNode(fresh).childNodes);
  main.querySelector(".errors")?.focus();
  return true;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.matches("[data-offline]") || !("indexedDB" in globalThis)) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  const token = form.elements.token?.value || crypto.randomUUID();
  const item = {
    token, action: form.action, title: form.dataset.offlineTitle ?? document.title, at: new Date().toISOString(),
    fields: fields(form, event.submitter), state: "saved",
  };
  try { await keep(item); } catch {
    // No room or storage off: the plain way still works with a signal.
    form.submit();
    return;
  }
  sending = true;
  const { outcome, response } = await send(item);
  sending = false;
  delete form.dataset.busy;
  if (outcome === "sent") {
    await wipe(token);
    location.assign(response.redirected ? response.url : location.href);
    return;
  }
  if (outcome === "refused") {
    // Either the form comes back with its errors, or it stays on the shelf with what was written.
    if (await showErrors(response, form)) await wipe(token);
    else { await keep({ ...item, state: "refused" }); await draw(); }
    return;
  }
  await keep({ ...item, state: outcome });
  // A new token: what is written next is another observation.
  if (form.elements.token) form.elements.token.value = crypto.randomUUID();
  form.reset();
  await draw();
  shelf()?.scrollIntoView({ block: "center" });
});

addEventListener("online", sendAll);
setInterval(sendAll, 30_000);
sendAll();
