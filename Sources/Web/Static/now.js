// SPDX-License-Identifier: AGPL-3.0-or-later
// /now, live: the server tells what changed, and only that is replaced. Without a stream live.js asks every 30 s.

import { fragment } from "./fragment.js";
import { refresh } from "./time.js";
import { update } from "./live.js";

const root = document.documentElement;
const region = (name) => document.querySelector(`[data-live="${name}"]`);

function node(html) {
  return fragment(html).firstElementChild;
}

/** Puts the list in order, moving nothing that stands where it should; false when a part is missing. */
function arrange(list, order, parts) {
  const now = new Map([...list.children].map((part) => [part.dataset.part, part]));
  const next = order.map((key) => {
    if (!Object.hasOwn(parts, key)) return now.get(key);
    const part = node(parts[key]);
    // Who unfolded what is older goes on reading it.
    if (now.get(key)?.open) part.open = true;
    return part;
  });
  if (next.some((part) => !part)) return false;
  const keep = new Set(next);
  for (const part of [...list.children]) if (!keep.has(part)) part.remove();
  next.forEach((part, place) => {
    if (list.children[place] !== part) list.insertBefore(part, list.children[place] ?? null);
  });
  return true;
}

function apply(change) {
  const list = region("list");
  if (!list || !arrange(list, change.order, change.parts)) return update();
  region("truth")?.replaceWith(node(change.truth));
  if (typeof change.map === "string") document.querySelector("[data-map]")?.replaceChildren(fragment(change.map));
  const said = document.querySelector("[data-said]");
  if (said && change.said) said.textContent = change.said;
  refresh();
}

const address = document.querySelector("[data-stream]")?.dataset.stream;
if (address && "EventSource" in globalThis && !root.hasAttribute("data-streaming")) {
  const source = new EventSource(address);
  const open = (isOpen) => root.setAttribute("data-streaming", isOpen ? "open" : "closed");
  open(false);
  source.addEventListener("open", () => open(true));
  source.addEventListener("error", () => open(false));
  source.addEventListener("change", (event) => apply(JSON.parse(event.data)));
  source.addEventListener("resync", () => { open(true); update(); });
  // What is true now is not known there either: the page says so, and asks by itself until it is.
  source.addEventListener("stale", () => { open(false); update(); });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
