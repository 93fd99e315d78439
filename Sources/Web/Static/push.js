// SPDX-License-Identifier: AGPL-3.0-or-later
// Notices in this browser: asks its person, then the browser's own push service, then our form takes where. Without a
// script, or in a browser that has none of it, the other ways to be told are there.
import { workerAddress } from "./fragment.js";

const SCOPE = "/subscribe/";
const able = "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

class Denied extends Error {}

/// The public half of the server's key, as the browser wants it.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

function same(left, right) {
  const [one, other] = [new Uint8Array(left ?? []), new Uint8Array(right)];
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/// Only a worker that runs may be given a subscription; this page is not under it, so `ready` would never come.
function running(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (registration.active || !worker) return registration;
  return new Promise((done, failed) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done(registration);
      if (worker.state === "redundant") failed(new Error("no worker"));
    });
  });
}

async function subscription(box, showsWords) {
  if ((await Notification.requestPermission()) !== "granted") throw new Denied();
  const address = box.dataset.worker + (showsWords ? "&words=1" : "");
  const registration = await navigator.serviceWorker.register(workerAddress(address), { scope: SCOPE });
  await running(registration);
  const key = bytes(box.dataset.push);
  const old = await registration.pushManager.getSubscription();
  // Made for a key that we have no more.
  if (old && !same(old.options.applicationServerKey, key)) await old.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/// For the worker: see there.
async function keep(subscription, key) {
  const store = await caches.open("push-1");
  await store.put("/subscribe/address.json", new Response(JSON.stringify({ subscription, key })));
}

/// Turns the form's sending into: ask first, then send what came of it.
function attach(form, isChosen) {
  const status = form.querySelector("[data-push-status]");
  const button = form.querySelector("button.first");
  form.addEventListener("submit", async (event) => {
    if (!isChosen()) return;
    event.preventDefault();
    button.disabled = true;
    status.textContent = form.dataset.asking;
    try {
      const found = await subscription(form, form.elements.words?.checked);
      await keep(found, form.dataset.push);
      form.elements[form.dataset.field].value = JSON.stringify(found);
      form.action = form.dataset.action;
      form.submit();
    } catch (problem) {
      status.textContent = problem instanceof Denied ? form.dataset.denied : form.dataset.failed;
      button.disabled = false;
    }
  });
}

/// The public form: one more way in its list; what a telephone or a mail box needs is then not asked.
function offer(form) {
  const list = form.elements.channel;
  const option = new Option(form.dataset.label, "push");
  list.prepend(option);
  if (form.dataset.chosen !== undefined || list.length === 1) list.value = "push";
  const [address, more] = [form.querySelector("[data-address]"), form.querySelector("[data-push-more]")];
  const follow = () => {
    const isPush = list.value === "push";
    address.hidden = isPush;
    more.hidden = !isPush;
  };
  list.addEventListener("change", follow);
  follow();
  attach(form, () => list.value === "push");
}

/// Their own page: does this browser still show what we send?
async function look(note) {
  const registration = await navigator.serviceWorker.getRegistration(SCOPE);
  const found = await registration?.pushManager.getSubscription();
  note.hidden = Boolean(found) && Notification.permission === "granted";
}

if (able) {
  for (const form of document.querySelectorAll("form[data-push]")) {
    form.hidden = false;
    if (form.elements.channel instanceof HTMLSelectElement) offer(form);
    else attach(form, () => true);
  }
  const note = document.querySelector("[data-push-lost]");
  if (note) await look(note);
  // Who stops everything also takes back what the browser gave us; we delete where in any case.
  const leaving = document.querySelector("form[data-push-leave]");
  leaving?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const late = new Promise((done) => setTimeout(done, 3000));
    const end = async () => {
      const registration = await navigator.serviceWorker.getRegistration(SCOPE);
      await (await registration?.pushManager.getSubscription())?.unsubscribe();
      await registration?.unregister();
      await caches.delete("push-1");
    };
    await Promise.race([end().catch(() => {}), late]);
    leaving.submit();
  });
}
