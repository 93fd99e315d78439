// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing out wipes this browser. What waits to be sent is sent first; when it can't be, the member chooses.

import { drafts, sendWaiting, waiting } from "./shelf.js";

const form = document.querySelector('form[action="/session/end"]');
const dialog = document.getElementById("leaving");

async function unsent() {
  const typed = (await drafts()).filter(({ value }) => value.some(([, text]) => text.trim() !== ""));
  return (await waiting()).length + typed.length;
}

if (form && dialog && "indexedDB" in globalThis) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    let left = 0;
    try {
      left = await unsent();
      if (left > 0) { await sendWaiting(); left = await unsent(); }
    } catch { /* storage is off: nothing can wait in it */ }
    if (left === 0) { form.submit(); return; }
    dialog.showModal();
  }, true);
  dialog.addEventListener("close", () => { if (dialog.returnValue === "erase") form.submit(); });
}
