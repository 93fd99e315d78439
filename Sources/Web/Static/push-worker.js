// SPDX-License-Identifier: AGPL-3.0-or-later
// Shows a notice. `SAID` stands before this: words in the language of whoever signed up, which say nothing, because a
// locked screen is read by others. Only who ticked the box gets the words of the message there (`words=1`). Keeps nothing,
// and looks at no page.
const showsWords = new URL(self.location.href).searchParams.get("words") === "1";

/// A page of ours, by the way these pages were reached: never somebody else's.
function own(link) {
  try {
    const url = new URL(link || "/now", self.location.origin);
    return url.pathname + url.search;
  } catch {
    return "/now";
  }
}

function read(data) {
  try {
    const news = data?.json();
    return news && typeof news === "object" ? news : {};
  } catch {
    return {};
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  const news = read(event.data);
  const title = showsWords && news.title ? String(news.title) : SAID.title;
  const body = showsWords && news.body ? String(news.body) : SAID.body;
  event.waitUntil(
    self.registration.showNotification(title, {
      body,
      lang: SAID.language,
      dir: SAID.direction,
      icon: "/static/icon-192.png",
      // The same message twice is one notice.
      tag: String(news.key ?? ""),
      data: own(news.link),
    }),
  );
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data ?? "/now"));
});
