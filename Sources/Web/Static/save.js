// SPDX-License-Identifier: AGPL-3.0-or-later
// Saves the chosen languages in this browser, shows what is saved, and erases all of it. worker.js reads the same cache.
const STORE = "pocket-1";
const STATE = "/rights/save/state.json";
const SCOPE = "/rights";
const box = document.querySelector("[data-pocket]");
const status = box?.querySelector("[data-status]");
const rows = box ? [...box.querySelectorAll("[data-copy]")] : [];
const plain = (path) => fetch(path, { cache: "no-store", credentials: "omit" });

async function read() {
  if (!(await caches.has(STORE))) return null;
  const kept = await (await caches.open(STORE)).match(STATE);
  return kept ? kept.json() : null;
}

async function show() {
  const state = await read();
  for (const row of rows) {
    const copy = state?.languages[row.dataset.copy];
    const day = copy && new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }).format(copy.at);
    row.querySelector("[data-when]").textContent = copy ? box.dataset.saved.replace("{day}", day) : "";
    row.querySelector("[data-open]").hidden = !copy;
    if (copy) row.querySelector("[data-label]").textContent = box.dataset.new;
  }
  box.querySelector("[data-erase-part]").hidden = !state;
}

/// This page itself works without signal too, so that everything can be erased then.
function shell() {
  const parts = [...document.querySelectorAll('link[rel="stylesheet"], link[rel="icon"], link[rel="manifest"], script[src]')];
  return ["/rights/save", "/static/sprite.svg", ...parts.map((part) => part.getAttribute("href") ?? part.getAttribute("src"))];
}

async function save(row) {
  const code = row.dataset.copy;
  const path = `/rights/save/${code}.html`;
  // The news first: what is taken back between the two is then marked, not missed.
  const news = await (await plain("/rights/save/editions.json")).json();
  const page = await plain(path);
  if (!page.ok) throw new Error("not saved");
  await navigator.serviceWorker.register("/rights/worker.js", { scope: SCOPE });
  const store = await caches.open(STORE);
  await store.put(path, page);
  await Promise.all(
    shell().map(async (part) => {
      const answer = await fetch(part, { credentials: part.startsWith("/static/") ? "omit" : "same-origin" });
      if (answer.ok) await store.put(part, answer);
    }),
  );
  const state = (await read()) ?? { recalled: [], languages: {} };
  const now = Date.now();
  state.languages[code] = { mark: news.languages[code], known: news.recalled, at: now, seen: now };
  state.recalled = news.recalled;
  state.heard = now;
  state.chosen = code;
  await store.put(STATE, Response.json(state));
  await navigator.serviceWorker.ready;
}

async function erase() {
  // Both at once: who leaves right after the tap leaves as little as can be.
  await Promise.all([
    // The family plan's page has an Erase of its own, beside the plan.
    caches.keys().then((names) => Promise.all(names.filter((name) => !["plan-1", "push-1"].includes(name)).map((name) => caches.delete(name)))),
    // Notices that somebody asked for (/subscribe/) stay: they keep nothing on the phone.
    navigator.serviceWorker
      .getRegistrations()
      .then((all) => Promise.all(all.filter((one) => new URL(one.scope).pathname.startsWith(SCOPE)).map((one) => one.unregister()))),
  ]);
}

async function run(work, done) {
  status.textContent = box.dataset.saving;
  try {
    await work();
    status.textContent = done;
  } catch {
    status.textContent = box.dataset.failed;
  }
  await show();
}

if (box && "caches" in globalThis && "serviceWorker" in navigator) {
  for (const row of rows) {
    row.querySelector("[data-save]").addEventListener("click", () => run(() => save(row), ""));
  }
  box.querySelector("[data-erase]").addEventListener("click", () => run(erase, box.dataset.erased));
  if (await read()) navigator.serviceWorker.controller?.postMessage("refresh");
  await show();
} else if (status) {
  // No secure connection, or a browser that keeps nothing: the downloads are there.
  status.textContent = box.dataset.failed;
  for (const button of box.querySelectorAll("[data-save]")) button.disabled = true;
}
