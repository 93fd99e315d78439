// SPDX-License-Identifier: AGPL-3.0-or-later
// A line to the server that is kept: opened anew when it closes or goes silent, and when the page or the network comes back.

import { clockTime, now } from "./time.js";

// The server beats every 15 seconds. A beat that is late is said at once; a new line is only begun after two, because on
// a weak network it costs more than to wait.
const LATE = 20_000;
const SILENCE = 40_000;

/**
 * What `#link` says of a page that is kept up to date, such as "Live". `right`: all was, up to now; the moment that "not up
 * to date since" names.
 */
export function status(link) {
  let since = now();
  return {
    right() { since = now(); },
    show(name) {
      if (!link) return;
      link.dataset.state = name;
      const words = (link.dataset[name] ?? "").replace("{time}", clockTime(since));
      if (link.textContent !== words) link.textContent = words;
    },
  };
}

/**
 * `address`: where, or a function that answers it, asked at each new stream. `events`: what to do with each by its name. `opened`: a stream is there. `erred`: it broke, and the browser may mend
 * it by itself. `silent`: nothing comes any more. `gap`: a new one was begun, and what
 * came meanwhile is on none. Answers what else may count as a sign of life, and how long there was none.
 */
export function listen(address, { events, opened, erred, silent, gap }) {
  let stream = null;
  let retry = 0;
  let wait = 1000;
  let heard = Date.now();

  function connect() {
    clearTimeout(retry);
    stream?.close();
    stream = new EventSource(typeof address === "function" ? address() : address);
    stream.addEventListener("open", () => {
      heard = Date.now();
      wait = 1000;
      opened();
    });
    for (const [name, act] of Object.entries(events)) {
      stream.addEventListener(name, (event) => { heard = Date.now(); act(event); });
    }
    stream.addEventListener("error", () => {
      erred();
      // The browser retries by itself unless it gave up (a 5xx, or a page that went stale).
      if (stream.readyState !== EventSource.CLOSED) return;
      clearTimeout(retry);
      retry = setTimeout(begin, wait);
      wait = Math.min(wait * 2, 30_000);
    });
  }

  function begin() {
    connect();
    gap();
  }

  connect();
  // A line that died without a word: nothing comes, and no error either.
  setInterval(() => {
    const quiet = Date.now() - heard;
    if (quiet >= LATE) silent();
    if (quiet < SILENCE) return;
    heard = Date.now();
    begin();
  }, 2000);
  addEventListener("online", begin);
  addEventListener("offline", silent);
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
  return { alive: () => { heard = Date.now(); }, quiet: () => Date.now() - heard };
}
