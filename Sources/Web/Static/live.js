// SPDX-License-Identifier: AGPL-3.0-or-later
// Keeps [data-live="name"] regions of a public page fresh: the same page every 30 s, region by region.
// Never replaces a region that holds the focus or a selection, and stops while the page is hidden.

import { page } from "./fragment.js";
import { refresh } from "./time.js";

const regions = () => [...document.querySelectorAll("[data-live]")];
let tag = null;
let running = false;

function busy(region) {
  const selection = getSelection();
  return region.contains(document.activeElement)
    || (selection && !selection.isCollapsed && region.contains(selection.anchorNode));
}

/** A copy without the words that time.js changes and without what a reader unfolded, to compare what the server said. */
function bare(region) {
  const copy = region.cloneNode(true);
  for (const fold of copy.querySelectorAll("details")) fold.open = false;
  for (const time of copy.querySelectorAll("time")) { time.textContent = ""; time.removeAttribute("title"); time.removeAttribute("data-exact"); }
  return copy;
}

export async function update() {
  if (running) return;
  running = true;
  try {
    const response = await fetch(location.pathname + location.search, {
      headers: { Accept: "text/html", "X-Live": "1", ...(tag ? { "If-None-Match": tag } : {}) },
      cache: "no-store",
    });
    // A page that can't say what is true says that in the same regions.
    if (!response.ok && response.status !== 503) return;
    tag = response.headers.get("ETag");
    const fresh = page(await response.text());
    for (const region of regions()) {
      const next = [...fresh.querySelectorAll("[data-live]")].find((other) => other.dataset.live === region.dataset.live);
      if (!next || busy(region)) continue;
      if (bare(region).isEqualNode(bare(next))) continue;
      const open = new Set([...region.querySelectorAll("details[open]")].map((fold) => fold.dataset.part));
      for (const fold of next.querySelectorAll("details[data-part]")) fold.open = open.has(fold.dataset.part);
      region.replaceWith(document.adoptNode(next));
    }
    refresh();
  } catch { /* no signal: what is shown keeps its own "updated" time */ } finally {
    running = false;
  }
}

// A page whose stream is open is told.
function ask() {
  if (!document.hidden && document.documentElement.dataset.streaming !== "open") update();
}

// Another module may bring this one in once more, under its bare name: only the first one asks.
if (regions().length > 0 && !document.documentElement.hasAttribute("data-polled")) {
  document.documentElement.setAttribute("data-polled", "");
  setInterval(ask, 30_000);
  document.addEventListener("visibilitychange", ask);
  addEventListener("online", ask);
}
