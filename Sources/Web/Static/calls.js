// SPDX-License-Identifier: AGPL-3.0-or-later
// Calls for help reach a responder's page by themselves: by the stream, by a look after every gap in it, and by a look
// every half a minute. A page that hears nothing any more says so.

import { get, page } from "./fragment.js";
import { isBusy } from "./shelf.js";

const root = document.querySelector("[data-respond]");
// The server beats every 15 seconds.
const silence = 40_000;

let stream = null;
let retry = 0;
let wait = 1000;
let heard = Date.now();
let looking = false;
// Whether a stream was open before this one.
let again = false;

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
  if (isLive) heard = Date.now();
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
    hear(true);
    // No such page: signed out, or locked.
    if (now !== root.dataset.now) renew();
  } catch { hear(false); } finally { looking = false; }
}

function connect() {
  clearTimeout(retry);
  stream?.close();
  stream = new EventSource("/respond/stream");
  stream.addEventListener("open", () => {
    wait = 1000;
    hear(true);
    // What came while it was gone is on no stream.
    if (again) look();
    again = true;
  });
  for (const name of ["hello", "beat"]) stream.addEventListener(name, () => hear(true));
  for (const name of ["offer", "assignment", "leave"]) stream.addEventListener(name, renew);
  stream.addEventListener("error", () => {
    look();
    // The browser retries by itself unless it gave up (a 5xx, or a page that went stale).
    if (stream.readyState !== EventSource.CLOSED) return;
    clearTimeout(retry);
    retry = setTimeout(connect, wait);
    wait = Math.min(wait * 2, 30_000);
  });
}

if (root) {
  connect();
  setInterval(look, 30_000);
  setInterval(() => {
    if (Date.now() - heard < silence) return;
    hear(false);
    heard = Date.now();
    connect();
  }, 5000);
  addEventListener("online", () => { connect(); look(); });
  addEventListener("offline", () => hear(false));
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) { connect(); look(); } });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && Date.now() - heard > 5000) look(); });
}
