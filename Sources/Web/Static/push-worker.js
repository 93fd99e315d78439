// SPDX-License-Identifier: AGPL-3.0-or-later
// Shows a notice. `SAID` stands before this: words in the language of whoever signed up, which say nothing, because a
// locked screen is read by others. Only who ticked the box gets the words of the message there (`words=1`). Looks at no page,
// and keeps nothing but the address that the push service gave this browser: when it gives another, ours has to be told which
// one that was, and not every browser still knows it then.
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

const KEPT = "/subscribe/address.json";

async function kept() {
  const answer = await (await caches.open("push-1")).match(KEPT);
  return answer ? answer.json() : {};
}

/// As it travels: what the browser gives to be told to a server.
const plain = (subscription) => JSON.parse(JSON.stringify(subscription));

/// The push service gave this browser another address, or took the old one away. The server puts it in the old one's place, and
/// everything that its person chose stays.
async function renew({ oldSubscription, newSubscription }) {
  const known = await kept();
  const before = oldSubscription ? plain(oldSubscription) : known.subscription;
  if (!before) return;
  const manager = self.registration.pushManager;
  const options = { userVisibleOnly: true, applicationServerKey: oldSubscription?.options?.applicationServerKey ?? known.key };
  const after = plain(newSubscription ?? (await manager.getSubscription()) ?? (await manager.subscribe(options)));
  if (after.endpoint === before.endpoint) return;
  const body = new URLSearchParams({ old: JSON.stringify(before), subscription: JSON.stringify(after) });
  const answer = await fetch("/subscribe/browser/renewal", { method: "POST", body });
  if (!answer.ok) return;
  const now = new Response(JSON.stringify({ subscription: after, key: known.key }));
  await (await caches.open("push-1")).put(KEPT, now);
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));
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
