// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks after a responder's page while there is no signal, and nothing else: an empty form that knows nobody, and what it
// is drawn with. No page that the server made for a member is kept. Gone when they sign out.
const STORE = "respond-1";
const SHELL = "/respond/offline";
const PATIENCE = 10_000;
// Modules that others import by their plain name.
const IMPORTED = ["/static/calls.js", "/static/fragment.js", "/static/line.js", "/static/shelf.js", "/static/time.js"];

async function renew() {
  const answer = await fetch(SHELL, { cache: "no-store", credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const text = await answer.clone().text();
  const parts = new Set((text.match(/\/static\/[^"#]+/g) ?? []).map((part) => part.replaceAll("&amp;", "&")));
  const store = await caches.open(STORE);
  await Promise.all([...parts, ...IMPORTED].map(async (part) => {
    if (part.includes("?v=") && (await store.match(part))) return;
    const file = await fetch(part, { credentials: "omit" });
    if (file.ok) await store.put(part, file);
  }));
  await store.put(SHELL, answer);
  const wanted = new Set([SHELL, ...parts, ...IMPORTED].map((part) => new URL(part, self.location.origin).href));
  for (const kept of await store.keys()) if (!wanted.has(kept.url)) await store.delete(kept);
}

async function kept(request) {
  return (await caches.has(STORE)) ? (await caches.open(STORE)).match(request) : undefined;
}

async function open(event) {
  const live = fetch(event.request);
  live.catch(() => {});
  try {
    return await Promise.race([live, new Promise((_, late) => setTimeout(late, PATIENCE))]);
  } catch {
    return (await kept(SHELL)) ?? live;
  }
}

/** What carries its version never changes; the rest is the newest there is. */
async function part(request) {
  const versioned = new URL(request.url).searchParams.has("v");
  const copy = await kept(request);
  if (versioned && copy) return copy;
  try { return await fetch(request); } catch (error) {
    if (copy) return copy;
    throw error;
  }
}

self.addEventListener("install", (event) => { self.skipWaiting(); event.waitUntil(renew()); });
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data === "renew") event.waitUntil(renew().catch(() => {}));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(open(event));
  else if (url.pathname.startsWith("/static/")) event.respondWith(part(event.request));
});
