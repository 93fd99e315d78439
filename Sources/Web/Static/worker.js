// SPDX-License-Identifier: AGPL-3.0-or-later
// Looks after the saved texts under /rights, and nothing else: the newest when there is signal, the saved copy when there
// is none. Keeps one cache; when that is gone, so is everything. Knows nobody: no cookies are sent or kept.
const STORE = "pocket-1";
const STATE = "/rights/save/state.json"; // only in the cache
const NEWS = "/rights/save/editions.json";
const PATIENCE = 4000;

const store = async () => ((await caches.has(STORE)) ? caches.open(STORE) : null);
const plain = (path) => fetch(path, { cache: "no-store", credentials: "omit" });

async function read() {
  const kept = await (await store())?.match(STATE);
  return kept ? kept.json() : null;
}

async function write(state) {
  await (await store())?.put(STATE, Response.json(state));
}

/// Asks what is new. What was taken back is written down first: it is marked even if the new words don't get through.
async function refresh() {
  const state = await read();
  if (!state) return;
  const answer = await plain(NEWS);
  if (!answer.ok) return;
  const news = await answer.json();
  state.recalled = news.recalled;
  state.heard = Date.now();
  await write(state);
  for (const [code, mark] of Object.entries(news.languages)) {
    const copy = state.languages[code];
    if (!copy) continue;
    if (copy.mark !== mark) {
      const path = `/rights/save/${code}.html`;
      const page = await plain(path);
      if (!page.ok) continue;
      await (await store())?.put(path, page);
      copy.mark = mark;
      copy.known = news.recalled;
    }
    copy.seen = Date.now();
    await write(state);
  }
}

/// A copy as it must be shown today: with its age, and without what was taken back since it was saved.
async function shown(code, state) {
  const page = await (await store())?.match(`/rights/save/${code}.html`);
  if (!page) return null;
  let text = await page.text();
  const gone = /<!--gone ([\s\S]*?)-->/.exec(text)?.[1] ?? "";
  // What was taken back before the copy was made is already out of it.
  const recalled = new Set(state.recalled.filter((name) => !state.languages[code].known.includes(name)));
  text = text.replace(/<!--card ([a-z0-9 -]*?)-->[\s\S]*?<!--\/card-->/g, (whole, names) =>
    names.split(" ").some((name) => recalled.has(name)) ? gone : whole,
  );
  const day = new Intl.DateTimeFormat(code, { dateStyle: "medium", timeStyle: "short" }).format(state.languages[code].seen);
  text = text.replace(/<!--age ([\s\S]*?)-->/, (whole, words) => words.replace("{day}", day));
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  const policy = page.headers.get("Content-Security-Policy");
  if (policy) headers["Content-Security-Policy"] = policy;
  return new Response(text, { headers });
}

async function saved(url) {
  const state = await read();
  if (!state) return null;
  if (url.pathname === "/rights/save") return (await (await store())?.match("/rights/save", { ignoreSearch: true })) ?? null;
  const file = /^\/rights\/save\/([A-Za-z-]+)\.html$/.exec(url.pathname);
  const wanted = [file?.[1], url.searchParams.get("lang"), state.chosen, ...Object.keys(state.languages)];
  const code = wanted.find((one) => one && state.languages[one]);
  if (!code) return null;
  if (file) return file[1] === code ? shown(code, state) : null;
  const guide = /^\/rights\/([a-z0-9-]+)/.exec(url.pathname)?.[1];
  return Response.redirect(`/rights/save/${code}.html${guide ? `#g-${guide}` : ""}`, 302);
}

async function open(event, url) {
  const live = fetch(event.request);
  live.catch(() => {});
  try {
    const answer = await Promise.race([live, new Promise((_, late) => setTimeout(late, PATIENCE))]);
    if (answer.status >= 500) throw new Error("not well");
    event.waitUntil(refresh().catch(() => {}));
    return answer;
  } catch {
    return (await saved(url)) ?? live;
  }
}

async function part(request) {
  return (await (await store())?.match(request)) ?? fetch(request);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  if (event.data === "refresh") event.waitUntil(refresh().catch(() => {}));
});
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(open(event, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(part(event.request));
});
