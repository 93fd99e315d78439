// SPDX-License-Identifier: AGPL-3.0-or-later
// Signing out wipes this browser. What waits to be sent is sent first; when it can't be, the member chooses.

import { claim, drafts, sendWaiting, shares } from "./shelf.js";

const form = document.querySelector('form[action="/session/end"]');
const dialog = document.getElementById("leaving");

async function unsent() {
  const [waits, typed] = [await shares(), await drafts()];
  return { mine: waits.mine.length + typed.mine.length, others: waits.others + typed.others };
}

// Only where something was kept: most browsers of members never hold anything.
if ("indexedDB" in globalThis && indexedDB.databases) {
  indexedDB.databases().then((all) => { if (all.some(({ name }) => name === "vecinos")) return claim(); }).catch(() => {});
}

if (form && dialog && "indexedDB" in globalThis) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    let left = { mine: 0, others: 0 };
    try {
      left = await unsent();
      if (left.mine > 0) { await sendWaiting(); left = await unsent(); }
    } catch { /* storage is off: nothing can wait in it */ }
    if (left.mine + left.others === 0) { form.submit(); return; }
    dialog.querySelector("[data-mine]").hidden = left.mine === 0;
    dialog.querySelector("[data-others]").hidden = left.others === 0;
    dialog.showModal();
  }, true);
  dialog.addEventListener("close", () => { if (dialog.returnValue === "erase") form.submit(); });
}
