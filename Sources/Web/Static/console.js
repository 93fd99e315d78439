// SPDX-License-Identifier: AGPL-3.0-or-later
// The console, live: the server says that something came, the page is fetched, and only what changed is put in place. What
// somebody writes in, or points at with the keys, is never taken away from under them.

import { get, page } from "./fragment.js";
import { status } from "./line.js";
import { refresh } from "./time.js";

const list = document.getElementById("inquiries");
const link = document.getElementById("link");
const say = document.getElementById("announce");
let running = false;
let again = false;

const told = status(link);

function state(name) {
  if (name === "live") told.right();
  told.show(name);
}

const busy = (card) => card.contains(document.activeElement)
  && (document.activeElement.matches("textarea") || card.querySelector("textarea")?.value);

function bare(card) {
  const copy = card.cloneNode(true);
  for (const time of copy.querySelectorAll("time")) { time.textContent = ""; time.removeAttribute("title"); }
  for (const field of copy.querySelectorAll("input[type=hidden]")) field.remove();
  for (const fold of copy.querySelectorAll("details")) fold.removeAttribute("open");
  return copy;
}

async function update() {
  if (running) { again = true; return; }
  running = true;
  try {
    const fresh = page(await (await get("/console", { cache: "no-store" })).text());
    const wanted = [...(fresh.getElementById("inquiries")?.children ?? [])];
    const known = new Set(wanted.map((card) => card.id));
    for (const card of [...list.children]) if (!known.has(card.id) && !busy(card)) card.remove();
    let place = list.firstElementChild;
    let isNew = false;
    for (const card of wanted) {
      const old = card.id ? document.getElementById(card.id) : null;
      if (old && old.parentElement === list) {
        const changed = !bare(old).isEqualNode(bare(card));
        if (changed && !busy(old)) {
          const focused = old.contains(document.activeElement);
          const next = document.adoptNode(card);
          old.replaceWith(next);
          if (focused) next.focus();
          if (place === old) place = next;
        }
        const now = document.getElementById(card.id);
        if (now === place) place = place.nextElementSibling;
      } else {
        if (card.id?.startsWith("inquiry-")) isNew = true;
        list.insertBefore(document.adoptNode(card), place);
      }
    }
    for (const id of ["flood", "group-answered", "group-reporting", "group-known", "group-spam"]) {
      const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
      if (!old || !next || old.contains(document.activeElement)) continue;
      if (old.open) next.setAttribute("open", "");
      if (!bare(old).isEqualNode(bare(next)) || old.open !== next.open) old.replaceWith(document.adoptNode(next));
    }
    if (isNew && say) say.textContent = list.dataset.new ?? "";
    refresh();
  } catch { state("offline"); } finally {
    running = false;
    if (again) { again = false; update(); }
  }
}

if (list?.dataset.console && "EventSource" in globalThis) {
  state("wait");
  const source = new EventSource(list.dataset.console);
  source.addEventListener("open", () => { state("live"); update(); });
  source.addEventListener("error", () => state("offline"));
  source.addEventListener("console", update);
  source.addEventListener("stale", () => state("stale"));
  source.addEventListener("beat", () => {
    if (link?.dataset.state !== "live") update();
    state("live");
  });
  source.addEventListener("leave", () => location.assign("/sign-in"));
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  setInterval(() => { if (!document.hidden) update(); }, 30_000);
}

// ---------------------------------------------------------------- keys

const cards = () => [...document.querySelectorAll("#inquiries > .inquiry")];
const current = () => document.activeElement?.closest?.(".inquiry") ?? null;
const allowed = () => { try { return localStorage.getItem("vecinos.keys") !== "off"; } catch { return true; } };

const acts = { a: "[data-act=a]", w: "[data-act=w]", c: "button.call-back", d: "button.done", x: "button.spam" };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || !allowed()) return;
  const target = event.target;
  if (target instanceof Element && target.closest("textarea, select, input:not([type=checkbox], [type=radio])")) {
    if (event.key === "Escape") target.blur();
    return;
  }
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") {
    const all = cards();
    if (all.length === 0) return;
    const at = all.indexOf(current());
    const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + (key === "j" ? 1 : -1)))];
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return;
  }
  const control = acts[key] ? current()?.querySelector(acts[key]) : null;
  if (!control) return;
  event.preventDefault();
  control.click();
  if (key === "w") current()?.querySelector("textarea")?.focus();
});

// A second press while the first is on its way must not do the step twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});
