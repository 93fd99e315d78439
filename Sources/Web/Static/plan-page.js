// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether the page of the plan opens without signal. Starts and ends `plan-worker.js`; asks the network for nothing itself.

const scope = "/plan";
const cache = "plan-1";
const able = () => "serviceWorker" in navigator && "caches" in globalThis;

/** Begun once somebody keeps a plan, never before. True when the page and its parts are on the device. */
export async function keepPage() {
  if (!able()) return false;
  try {
    const own = await navigator.serviceWorker.getRegistration(scope);
    const path = `/plan/worker.js?lang=${encodeURIComponent(document.documentElement.lang)}`;
    const found = own?.active ? own : await navigator.serviceWorker.register(path, { scope });
    if (!found.active) await new Promise((done, no) => {
      const worker = found.installing ?? found.waiting;
      if (!worker) { no(new Error("no worker")); return; }
      const look = () => { if (worker.state === "activated") done(); if (worker.state === "redundant") no(new Error("not kept")); };
      worker.addEventListener("statechange", look);
      look();
    });
    return await caches.has(cache);
  } catch {
    return false;
  }
}

/** Both are gone with the plan. */
export async function forgetPage() {
  if (!able()) return;
  const own = await navigator.serviceWorker.getRegistration(scope);
  // A registration with a wider scope is not ours.
  await Promise.all([own && new URL(own.scope).pathname === scope ? own.unregister() : null, caches.delete(cache)]);
}
