// SPDX-License-Identifier: AGPL-3.0-or-later
// <time datetime data-relative[="short"]>: "12 minutes ago" under an hour, the exact time one tap away.
// <time datetime data-countdown>: minutes and seconds left. The server's words stand until the first refresh.

// As the server writes it: Spanish is that of Los Angeles, "4:05 p.m."; the digits are 0 to 9 and the year is 2026 in all.
const spoken = document.documentElement.lang || "en";
const language = `${spoken === "es" ? "es-US" : spoken}-u-ca-gregory-nu-latn`;
const make = (build, otherwise) => { try { return build(language); } catch { return otherwise; } };
// The wall clock of the coalition's city, as the server writes it, wherever the phone thinks it is.
const timeZone = document.documentElement.dataset.zone || undefined;
const relative = make((l) => new Intl.RelativeTimeFormat(l, { numeric: "auto" }));
const minutes = make((l) => new Intl.NumberFormat(l, { style: "unit", unit: "minute", unitDisplay: "short" }));
const clock = make((l) => new Intl.DateTimeFormat(l, { timeZone, hour: "numeric", minute: "2-digit" }));
const full = make((l) => new Intl.DateTimeFormat(l, { timeZone, dateStyle: "full", timeStyle: "short" }));
const dated = make((l) => new Intl.DateTimeFormat(l, { timeZone, dateStyle: "short" }));
const date = make((l) => new Intl.DateTimeFormat(l, { timeZone, month: "short", day: "numeric" }));
const day = make((l) => new Intl.DateTimeFormat(l, { timeZone, month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }));

// The server's clock may differ from the phone's: <html data-now="2026-…"> is the server's time when the page was made.
const said = Date.parse(document.documentElement.dataset.now ?? "");
const skew = Number.isNaN(said) ? 0 : said - Date.now();
export const now = () => Date.now() + skew;

function words(at, style) {
  const seconds = Math.round((at - now()) / 1000);
  const whole = Math.trunc(seconds / 60);
  // Under a minute the server's own "just now" stands until it is older.
  if (Math.abs(seconds) < 60 && style !== "short") return null;
  if (Math.abs(seconds) < 3600) {
    if (style === "short" && minutes) return minutes.format(Math.abs(whole));
    return relative.format(whole, "minute");
  }
  if (dated.format(at) === dated.format(now())) return clock.format(at);
  return (style === "short" ? date : day).format(at);
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The time of day, as the server writes it. */
export const clockTime = (at) => clock?.format(at) ?? "";

export function refresh(root = document) {
  if (!relative || !full) return;
  for (const element of root.querySelectorAll("time[data-relative]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    const exact = full.format(at);
    if (element.title !== exact) element.title = exact;
    const said = element.hasAttribute("data-exact") ? exact : words(at, element.dataset.relative);
    if (said !== null) set(element, said);
  }
}

function countDown() {
  for (const element of document.querySelectorAll("time[data-countdown]")) {
    const at = Date.parse(element.dateTime);
    if (Number.isNaN(at)) continue;
    const left = Math.max(0, Math.ceil((at - now()) / 1000));
    set(element, `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`);
    element.toggleAttribute("data-over", left === 0);
  }
}

// The page asks for this file by its tag and other modules without it, so it may run twice: only the first one listens.
if (!document.documentElement.hasAttribute("data-timed")) {
  document.documentElement.setAttribute("data-timed", "");
  document.addEventListener("click", (event) => {
    const element = event.target instanceof Element ? event.target.closest("time[data-relative]") : null;
    if (!element || element.closest("a, button, summary, label")) return;
    element.toggleAttribute("data-exact");
    refresh(element.parentElement ?? document);
  });

  refresh();
  countDown();
  setInterval(refresh, 30_000, document);
  setInterval(countDown, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
}
