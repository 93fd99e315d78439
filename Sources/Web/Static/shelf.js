// SPDX-License-Identifier: AGPL-3.0-or-later
// What waits on this phone: observations and steps that are not sent yet, words that are being typed, and which assignment
// the phone knows last. Used by the responder's page and before somebody signs out, which wipes all of it.

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("vecinos", 2);
    request.onupgradeneeded = () => {
      const stores = request.result.objectStoreNames;
      if (!stores.contains("waiting")) request.result.createObjectStore("waiting", { keyPath: "token" });
      if (!stores.contains("notes")) request.result.createObjectStore("notes", { keyPath: "key" });
    };
    request.onsuccess = () => {
      // Another page with a newer version must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

async function held(name, mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode, { durability: "strict" });
      const request = act(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Who is signed in, as an id that says nothing; on the page for no signal, who was when it last had one. */
const person = document.body.dataset.person;
const owner = async () => person ?? (await noted("owner").catch(() => null)) ?? null;

let claimed;
/** This phone serves whoever is signed in now: which assignment another knew last is not theirs. Once a page. */
export const claim = () => claimed ??= (async () => {
  if (!person || (await noted("owner")) === person) return;
  await forget("assignment");
  await note("owner", person);
})();

/** Written by whoever is signed in. What was kept before items had an owner belongs to whom its assignment's page opens for. */
async function isMine(item) {
  if (item.owner) return item.owner === (await owner());
  if (!person) return false;
  try {
    const page = new URL(item.action).pathname.split("/").slice(0, 3).join("/");
    const answer = await fetch(page, { credentials: "same-origin", redirect: "error", signal: AbortSignal.timeout(20_000) });
    if (!answer.ok) return false;
  } catch { return false; }
  Object.assign(item, { owner: person, state: "saved" });
  await keep(item);
  return true;
}

/** What waits here: what whoever is signed in wrote, and how much of others, which only they see, send and erase. */
export async function shares() {
  const mine = [];
  const all = await waiting();
  for (const item of all) if (await isMine(item)) mine.push(item);
  return { mine, others: all.length - mine.length };
}

/** Keeps what was just written, with its owner. */
export async function shelve(item) {
  const owned = { ...item, owner: await owner() };
  await keep(owned);
  return owned;
}

export const keep = (item) => held("waiting", "readwrite", (store) => store.put(item));
export const wipe = (token) => held("waiting", "readwrite", (store) => store.delete(token));
/** In the order in which it was written: "here" before "done". */
const waiting = async () =>
  (await held("waiting", "readonly", (store) => store.getAll())).sort((one, other) => one.at.localeCompare(other.at));

export async function note(key, value) {
  const of = key.startsWith("draft:") ? { owner: await owner() } : {};
  return held("notes", "readwrite", (store) => store.put({ key, value, ...of }));
}
export const forget = (key) => held("notes", "readwrite", (store) => store.delete(key));
export const noted = async (key) => (await held("notes", "readonly", (store) => store.get(key)))?.value;
/** Words that were being typed: of whoever is signed in, and how many of others. */
export async function drafts() {
  const all = (await held("notes", "readonly", (store) => store.getAll()))
    .filter(({ key, value }) => key.startsWith("draft:") && value.some(([, text]) => text.trim() !== ""));
  const me = await owner();
  const mine = all.filter((draft) => !draft.owner || draft.owner === me);
  return { mine, others: all.length - mine.length };
}

/** The session's own form token, wherever this page has one. */
const current = (name) =>
  (document.querySelector(`input[data-fresh][name="${CSS.escape(name)}"]`)
    ?? (name === "_token" ? document.querySelector('form[action="/session/end"] input[name=_token]') : null))?.value;

/** "sent" · "later" no signal or a busy server · "sign-in" · "refused" what was written does not pass. */
export async function send(item) {
  const body = new FormData();
  // The form's own protection token may have expired with the session: the page's current one counts.
  const fresh = current("_token");
  const names = new Set(item.fields.map(([name]) => name));
  if (fresh && !names.has("_token")) body.append("_token", fresh);
  for (const [name, kept] of item.fields) {
    const value = typeof kept === "string" ? current(name) ?? kept : kept;
    body.append(name, value, ...(value instanceof File ? [value.name] : []));
  }
  // How long ago, not when: a phone's clock may be wrong.
  if (item.isStep) body.append("ago", Math.max(0, Math.round((Date.now() - Date.parse(item.at)) / 1_000)));
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
/** While one thing is on its way nothing else is sent. */
export const busy = (is) => { sending = is; };
export const isBusy = () => sending;

/**
 * Sends what waits, oldest first. What can't go now holds up no other, but a step the later steps of its assignment.
 * True when a step was among it: then the page is not what it was.
 */
export async function sendWaiting() {
  if (sending) return false;
  sending = true;
  let moved = false;
  const stuck = new Set();
  const assignment = (item) => new URL(item.action).pathname.split("/")[2];
  try {
    for (const item of (await shares()).mine) {
      if (item.state === "refused" || (item.isStep && stuck.has(assignment(item)))) continue;
      const { outcome, response } = await send(item);
      if (outcome === "sent") {
        await wipe(item.token);
        moved ||= Boolean(item.isStep);
      } else if (item.state !== outcome) await keep({ ...item, state: outcome, status: response?.status });
      if (outcome === "sign-in" || !navigator.onLine) break;
      if (outcome === "later" && item.isStep) stuck.add(assignment(item));
    }
  } catch (error) { console.warn("waiting", error); } finally {
    sending = false;
  }
  return moved;
}
