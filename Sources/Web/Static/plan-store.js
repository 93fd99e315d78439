// SPDX-License-Identifier: AGPL-3.0-or-later
// The one place where the plan is kept on this device: one entry of this browser's localStorage, open or sealed. It is
// chosen over IndexedDB since it writes before the page goes, tells other tabs, and is gone with one call.

const place = "vecinos.plan";

/** Null, {open: text} or {sealed: bytes}. */
export function look() {
  let kept = null;
  try { kept = localStorage.getItem(place); } catch { return null; }
  if (!kept) return null;
  if (!kept.startsWith("sealed:")) return { open: kept };
  try {
    return { sealed: Uint8Array.from(atob(kept.slice(7)), (letter) => letter.charCodeAt(0)) };
  } catch {
    return { sealed: new Uint8Array() };
  }
}

/** Whether it was kept. */
export function keep(text) {
  try { localStorage.setItem(place, text); return true; } catch { return false; }
}

export function keepSealed(bytes) {
  return keep("sealed:" + btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
}

export function erase() {
  try { localStorage.removeItem(place); } catch { /* storage is off: there is nothing */ }
}

/** Calls back when another tab of this browser kept or erased the plan. */
export function changedElsewhere(then) {
  addEventListener("storage", (event) => { if (event.key === place || event.key === null) then(); });
}
