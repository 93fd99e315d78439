// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls for help reach a responder's page by themselves: by the stream, by a look after every gap in it, and by a look
// every half a minute. A page that hears nothing any more says so.

import { get, page } from "./fragment.js";
import { listen } from "./line.js";
import { isBusy } from "./shelf.js";

const root = document.querySelector("[data-respond]");
let line = null;
let looking = false;

/** Something is written that a new page would lose. */
export function writing() {
  return [...document.querySelectorAll("form[data-offline]")].some((form) =>
    [...form.elements].some((field) => field.type === "file" ? field.files.length > 0
      : field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked
      : "defaultValue" in field && field.type !== "hidden" && field.value !== field.defaultValue));
}

function renew() {
  // What is on its way to the server would be sent again.
  if (isBusy()) { setTimeout(renew, 500); return; }
  if (!writing()) { location.reload(); return; }
  const note = document.querySelector("[data-respond-note]");
  if (note) note.hidden = false;
}

function hear(isLive) {
  if (isLive) line?.alive();
  const note = document.querySelector("[data-respond-deaf]");
  if (note) note.hidden = isLive;
}

/** Whether the server's page says something else than this one. */
async function look() {
  if (looking) return;
  looking = true;
  try {
    const answer = await get(location.pathname, {
      headers: { Accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(20_000),
    });
    const now = page(await answer.text()).querySelector("[data-respond]")?.dataset.now;
    // An answer that was on its way when the network went says nothing of now.
    if (navigator.onLine) hear(true);
    // No such page: signed out, or locked.
    if (now !== root.dataset.now) renew();
  } catch { hear(false); } finally { looking = false; }
}

if (root) {
  const alive = () => hear(true);
  line = listen("/respond/stream", {
    events: { hello: alive, beat: alive, stale: () => hear(false), offer: renew, assignment: renew, leave: renew },
    // What came while it was gone, or before it was there and after the page was made, is on no stream.
    opened: () => { hear(true); look(); },
    erred: look,
    silent: () => hear(false),
    gap: look,
  });
  setInterval(look, 30_000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && line.quiet() > 5000) look(); });
}
