// SPDX-License-Identifier: AGPL-3.0-or-later
// Keeps the empty page of the family plan and its script for when there is no signal. It can't read the plan: that is in
// localStorage, where no worker gets in. Asks only for this page's own parts, always the same ones, and sends nothing.
const STORE = "plan-1";
const LANGUAGE = new URL(self.location).searchParams.get("lang") ?? "en";
const PAGES = ["/plan", "/plan/blank"];
const PATIENCE = 4000;
// When a page was kept, in milliseconds; the worker's own mark.
const KEPT = "x-kept-at";

const store = () => caches.open(STORE);
const late = () => new Promise((_, no) => setTimeout(no, PATIENCE));
const parts = (text) => [...new Set(text.match(/\/static\/[a-z0-9-]+\.[a-z]+(?:\?v=[a-z0-9]+)?/g) ?? [])];

/// Keeps a page with the time.
async function keep(path, answer) {
  const headers = new Headers(answer.headers);
  headers.set(KEPT, String(Date.now()));
  const text = await answer.text();
  await (await store()).put(path, new Response(text, { headers }));
  return text;
}

/// Everything the page is made of: what it names, and what its scripts and its style name.
async function fill(text) {
  const [kept, done] = [await store(), new Set()];
  const waiting = parts(text);
  while (waiting.length) {
    const path = waiting.pop();
    if (done.has(path)) continue;
    done.add(path);
    // A part with its mark never changes; one without may have.
    if (path.includes("?v=") && (await kept.match(path))) continue;
    const answer = await fetch(path, { credentials: "omit" });
    if (!answer.ok) throw new Error("not kept");
    await kept.put(path, answer.clone());
    if (/\.(css|js)(\?|$)/.test(path)) {
      const words = await answer.text();
      waiting.push(...parts(words));
      if (path.includes(".js")) waiting.push(...[...words.matchAll(/from "\.\/([a-z-]+\.js)"/g)].map((found) => `/static/${found[1]}`));
    }
  }
  for (const old of await kept.keys()) {
    const url = new URL(old.url);
    if (url.pathname.startsWith("/static/") && !done.has(url.pathname + url.search)) await kept.delete(old);
  }
}

async function begin() {
  let all = "";
  for (const path of PAGES) {
    const answer = await fetch(`${path}?lang=${LANGUAGE}`, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error("not kept");
    all += await keep(path, answer);
  }
  await fill(all);
}

/// A page that just came through is kept in place of the older one, in the language they chose.
async function renew(path, answer) {
  if (!(await caches.has(STORE))) return;
  await keep(path, answer);
  const all = await Promise.all(PAGES.map(async (one) => (await (await store()).match(one))?.text() ?? ""));
  await fill(all.join(""));
}

/// What the guides that were saved on this phone heard of since this page was kept: what was taken back.
async function recalledSince(at) {
  if (!(await caches.has("pocket-1"))) return new Set();
  const state = await (await (await caches.open("pocket-1")).match("/rights/save/state.json"))?.json();
  return new Set(state?.heard > at ? state.recalled : []);
}

async function shown(path) {
  const page = await (await store()).match(path);
  if (!page) return null;
  const at = Number(page.headers.get(KEPT));
  let text = await page.text();
  const language = page.headers.get("Content-Language") ?? LANGUAGE;
  const day = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(at);
  text = text.replace(/<!--age ([\s\S]*?)-->/, (whole, words) => words.replace("{day}", day));
  const gone = /<!--gone ([\s\S]*?)-->/.exec(text)?.[1] ?? "";
  const recalled = await recalledSince(at);
  text = text.replace(/<!--card ([a-z0-9 -]*?)-->[\s\S]*?<!--\/card-->/g, (whole, names) =>
    names.split(" ").some((name) => recalled.has(name)) ? gone : whole,
  );
  return new Response(text, { headers: page.headers });
}

async function open(event, path) {
  const live = fetch(event.request);
  live.catch(() => {});
  try {
    const answer = await Promise.race([live, late()]);
    if (answer.status >= 500) throw new Error("not well");
    if (answer.status === 200) event.waitUntil(renew(path, answer.clone()).catch(() => {}));
    return answer;
  } catch {
    return (await shown(path)) ?? live;
  }
}

async function part(request) {
  const kept = await (await store()).match(request);
  if (kept && request.url.includes("?v=")) return kept;
  const live = fetch(request);
  live.catch(() => {});
  try {
    return await Promise.race([live, late()]);
  } catch {
    return kept ?? live;
  }
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(begin());
});
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && PAGES.includes(url.pathname)) event.respondWith(open(event, url.pathname));
  else if (url.pathname.startsWith("/static/")) event.respondWith(part(event.request));
});
