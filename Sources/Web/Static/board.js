// SPDX-License-Identifier: AGPL-3.0-or-later
// The live board: deltas from /board/stream merged into the lists, the open incident's pane, and keys.
// Nothing moves under the pointer or the focus: such a move waits, marked, until it is let go.

import { fragment, get, page } from "./fragment.js";
import { listen, status } from "./line.js";
import { refresh } from "./time.js";

const pane = document.getElementById("pane");
const link = document.getElementById("link");
const announcer = document.getElementById("announce");
const columns = new Map(["verify", "active", "closed"]
  .map((name) => [name, document.getElementById(`column-${name}`)]).filter(([, list]) => list));
const card = (id) => document.getElementById(`incident-${id}`);
const opened = () => pane?.querySelector("[data-incident]");

// ---------------------------------------------------------------- saying

let saying = 0;
function say(kind, item) {
  const words = announcer?.dataset[kind];
  if (!words) return;
  // A rehearsal is never told like what is real.
  const title = [".exercise", "strong"].map((part) => item?.querySelector(part)?.textContent).filter(Boolean).join(": ");
  clearTimeout(saying);
  saying = setTimeout(() => { announcer.textContent = words.replace("{title}", title); }, 200);
}

/** `right`: the server spoke with its database at hand. Up to then the lists are right. */
const { show: state, right } = status(link);

// ---------------------------------------------------------------- lists

/** The card of this list that must not move now: under a real pointer or holding the focus. */
function held(list) {
  return list.querySelector(":scope > .card:focus-within")
    ?? (list.matches(":hover") && matchMedia("(hover: hover)").matches
      ? list.querySelector(":scope > .card:hover") ?? list.firstElementChild : null);
}

const order = (item) => Number(item.dataset.order) || 0;
const before = (a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1);

/** Puts every card where it belongs; a held list is done when it is let go. */
function settle(list) {
  const hold = held(list);
  if (hold) { list.dataset.waiting = ""; return; }
  delete list.dataset.waiting;
  for (const gone of list.querySelectorAll(":scope > .card[data-gone]")) gone.remove();
  let place = list.firstElementChild;
  for (const item of [...list.querySelectorAll(":scope > .card")].sort(before)) {
    if (item === place) place = place.nextElementSibling;
    else list.insertBefore(item, place);
  }
}

/** Where a new card may stand now: its own place, but never above a held one. */
function insert(list, item) {
  const hold = held(list);
  const cards = [...list.querySelectorAll(":scope > .card")];
  const from = hold ? cards.indexOf(hold) + 1 : 0;
  const next = cards.slice(from).find((other) => before(item, other) < 0);
  list.insertBefore(item, next ?? null);
  if (hold) list.dataset.waiting = "";
}

function mark(item, list, kind) {
  item.dataset.mark = kind;
  const words = item.querySelector(".mark");
  if (words) for (const name of ["new", "moved", "updated"]) words.dataset[name] = list.dataset[name] ?? name;
  clearTimeout(item.fading);
  item.fading = setTimeout(() => item.removeAttribute("data-mark"), 20_000);
}

function current(item) {
  const anchor = item.querySelector("a[href]");
  if (anchor && opened()?.dataset.incident === item.dataset.id) anchor.setAttribute("aria-current", "true");
}

/** Behind the link under a long list: it has as many as were asked for, and this one comes after them. `item`: a card, or what it would be called. */
function isBeyond(list, item) {
  const cards = standing(list);
  if (cards.length < most(list) && more(nameOf(list))?.hidden !== false) return false;
  const last = cards.reduce((one, other) => (!one || before(one, other) < 0 ? other : one), null);
  return last !== null && before(item, last) > 0;
}

/** In a surge a list would grow without an end: what is pushed past its end goes behind the link. Nothing that somebody is at. */
function trim(list) {
  const cards = standing(list);
  let excess = cards.length - most(list);
  if (excess <= 0) return;
  for (const item of cards.reverse()) {
    if (excess <= 0) break;
    if (item.contains(document.activeElement) || item.matches(":hover") || item.querySelector("[aria-current]")) continue;
    item.remove();
    excess -= 1;
  }
  tally(nameOf(list), list);
}

/** What a card tells: that it grew older, and the mark of a change, are none of it. */
function told(item) {
  const copy = item.cloneNode(true);
  const age = copy.querySelector(".age");
  age?.replaceWith(age.querySelector("time")?.dateTime ?? "");
  copy.querySelector(".mark")?.remove();
  copy.querySelector("a[href]")?.removeAttribute("aria-current");
  return `${copy.className} ${copy.innerHTML}`;
}

function onIncident({ id, column, order: place, html, version, opened: isNew = false }) {
  const list = columns.get(column);
  const old = card(id);
  if (old && Number(old.dataset.version) > version) return;
  // One of those that are not shown: the figures say all there is to say.
  if (!old && list && place !== undefined && isBeyond(list, { id: `incident-${id}`, dataset: { order: place } })) {
    catchUp(id, version);
    return;
  }
  const item = fragment(html ?? "").querySelector(".card");
  if (!list || !item) { if (old) onRemove({ id, version }); return; }
  item.id = `incident-${id}`;
  item.dataset.id = id;
  item.dataset.version = version;
  if (place !== undefined) item.dataset.order = place;
  current(item);
  refresh(item);
  if (!old || old.hasAttribute("data-gone")) {
    old?.remove();
    insert(list, item);
    mark(item, list, isNew ? "new" : "moved");
    if (column !== "verify") say(column, item);
    else if (isNew) say("new", item);
  } else if (old.parentElement === list) {
    const moves = order(old) !== order(item);
    // After a gap every card comes again, most of them as they stand here: those keep the mark that they have.
    const isOther = moves || told(old) !== told(item);
    const marked = old.querySelector(".mark");
    if (marked && !isOther) item.querySelector(".mark")?.replaceWith(marked);
    // Swap the insides, not the element: focus, hover and the place in the list stay.
    const from = old.querySelector("a[href]");
    const to = item.querySelector("a[href]");
    if (from && to) {
      from.replaceChildren(...to.childNodes);
      for (const { name, value } of to.attributes) if (name !== "aria-current") from.setAttribute(name, value);
    } else {
      old.replaceChildren(...item.childNodes);
    }
    old.className = item.className;
    old.dataset.version = version;
    old.dataset.order = item.dataset.order;
    if (isOther) mark(old, list, moves ? "moved" : "updated");
    if (moves || "waiting" in list.dataset) settle(list);
  } else if (held(old.parentElement) || held(list)) {
    // It changes columns, but one of them is held: show both, the old one faded, until it is let go.
    const leaving = old.parentElement;
    const focused = old.contains(document.activeElement);
    old.removeAttribute("id");
    old.dataset.gone = "";
    insert(list, item);
    mark(item, list, "moved");
    if (!focused) settle(leaving);
    say(column, item);
  } else {
    old.remove();
    insert(list, item);
    mark(item, list, "moved");
    say(column, item);
  }
  trim(list);
  catchUp(id, version);
}

function catchUp(id, version) {
  if (opened()?.dataset.incident === id && Number(opened().dataset.version) < version) renew();
}

function onRemove({ id, version }) {
  catchUp(id, version);
  const item = card(id);
  if (!item) return;
  const list = item.parentElement;
  say("gone", item);
  item.dataset.gone = "";
  settle(list);
}

for (const list of columns.values()) {
  const release = () => setTimeout(() => { if ("waiting" in list.dataset) settle(list); }, 150);
  list.addEventListener("pointerleave", release);
  list.addEventListener("focusout", release);
}

// The lists take the room of what they hold, and share what there is. While they are in use their shares stay: what comes
// into one moves nothing in the other.
const lists = document.querySelector(".lists");
function keepShares() {
  const inUse = lists.matches(":hover, :focus-within");
  if (inUse === Boolean(lists.style.getPropertyValue("--verify"))) return;
  const rows = getComputedStyle(lists).gridTemplateRows.split(" ");
  for (const [at, name] of ["--verify", "--active"].entries()) {
    if (inUse) lists.style.setProperty(name, rows[at]); else lists.style.removeProperty(name);
  }
}
for (const name of ["pointerenter", "pointerleave", "focusin", "focusout"]) lists?.addEventListener(name, () => setTimeout(keepShares));

function onCounts(counts) {
  for (const element of document.querySelectorAll("[data-count]")) {
    const value = counts[element.dataset.count];
    if (value === undefined) continue;
    element.textContent = String(value);
    const figure = element.closest("[data-unless-none]");
    if (figure) figure.hidden = Number(value) === 0;
  }
  for (const [name, list] of columns) tally(name, list);
}

// ---------------------------------------------------------------- long lists
// A list begins with a hundred cards. The others stand behind a link, and come when it is pressed, when the keys reach the
// last card, and when few are left. Each is a real card: found by a search of the page, read by a screen reader.

const more = (name) => document.querySelector(`[data-more="${name}"]`);
const standing = (list) => [...list.querySelectorAll(":scope > .card:not([data-gone])")];
const shown = (list) => standing(list).length;
const few = 20;
/** How many cards a list shows: a hundred, or as many as were asked for. */
const lengths = new WeakMap([...columns.values()].map((list) => [list, shown(list)]));
const most = (list) => Math.max(100, lengths.get(list));
const nameOf = (list) => list.id.replace("column-", "");

function tally(name, list) {
  const rest = more(name);
  if (!rest) return;
  const count = shown(list);
  const all = Number(document.querySelector(`[data-count="${name}"]`)?.textContent) || 0;
  rest.hidden = count >= all;
  rest.querySelector("a").textContent = rest.dataset.words.replace("{shown}", count).replace("{all}", all);
  if (!rest.hidden && count < few) extend(name, list, false);
}

/** The next part of a list; with `focus`, on to its first card. */
async function extend(name, list, focus) {
  const link = more(name)?.querySelector("a");
  if (!link || "busy" in link.dataset) return;
  link.dataset.busy = "";
  try {
    const fresh = page(await (await get(link.getAttribute("href").split("#")[0])).text());
    const next = fresh.querySelector(`[data-more="${name}"] a`);
    if (next) link.setAttribute("href", next.getAttribute("href"));
    const items = [...fresh.querySelectorAll(`#column-${name} > .card`)].filter((item) => !card(item.dataset.id));
    list.append(...items);
    lengths.set(list, shown(list));
    for (const item of items) { current(item); refresh(item); }
    settle(list);
    for (const element of fresh.querySelectorAll("[data-count]")) onCounts({ [element.dataset.count]: element.textContent });
    if (focus) items[0]?.querySelector("a[href]")?.focus();
  } catch { state("offline"); } finally { delete link.dataset.busy; }
}

/** Pressed to go there, and not to a new tab or file. */
const isPlain = (event) => !(event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

for (const [name, list] of columns) {
  more(name)?.addEventListener("click", (event) => {
    if (!isPlain(event)) return;
    event.preventDefault();
    extend(name, list, true);
  });
  list.addEventListener("focusin", (event) => {
    const rest = more(name);
    if (rest && !rest.hidden && list.lastElementChild?.contains(event.target)) extend(name, list, false);
  });
}

function swap(id, html, fits = () => true) {
  const region = document.getElementById(id);
  if (!region || html === undefined || !fits()) return;
  if (region.contains(document.activeElement)) { region.addEventListener("focusout", () => swap(id, html, fits), { once: true }); return; }
  region.replaceChildren(fragment(html));
  refresh(region);
}

/** What this member was told and has not seen; what stands there already is left alone. */
function onMessages({ html, ids }) {
  const shown = [...document.querySelectorAll("#messages [data-message]")].map((note) => note.dataset.message);
  if (shown.join() !== ids.join()) swap("messages", html);
}

/** Who serves stands at the side while no incident is open. */
const onPeople = ({ html }) => swap("people", html, () => !opened());

/** Whether our own people rehearse: its key works only then. */
function drill(on) {
  const strip = document.getElementById("drill");
  if (!strip) return;
  strip.hidden = !on;
  for (const button of strip.querySelectorAll("button")) button.disabled = !on;
}

/** The lists are older than what the stream tells from: they could not be read. */
let isBehind = false;

/** The whole lists again: after a gap longer than the server remembers. */
async function resync() {
  isBehind = false;
  try {
    const longest = Math.max(0, ...[...columns.values()].map(shown));
    const address = `/board?show=${Math.ceil(longest / 100) * 100}`;
    const fresh = page(await (await get(address, { signal: AbortSignal.timeout(20_000) })).text());
    const version = Number(fresh.querySelector("[data-cursor]")?.dataset.cursor);
    for (const [name, list] of columns) {
      const other = fresh.getElementById(`column-${name}`);
      if (!other) continue;
      const known = new Set();
      for (const item of other.querySelectorAll(".card")) {
        known.add(item.dataset.id);
        onIncident({ id: item.dataset.id, column: name, order: order(item), html: item.outerHTML, version: Number(item.dataset.version), opened: true });
      }
      for (const item of list.querySelectorAll(".card")) {
        if (item.id && !known.has(item.dataset.id)) onRemove({ id: item.dataset.id, version });
      }
    }
    for (const element of fresh.querySelectorAll("[data-count]")) onCounts({ [element.dataset.count]: element.textContent });
    drill(fresh.getElementById("drill")?.hidden === false);
    const region = (id) => ({ html: fresh.getElementById(id)?.innerHTML });
    for (const id of ["map", "alerts"]) swap(id, region(id).html);
    onPeople(region("people"));
    const messages = [...fresh.querySelectorAll("#messages [data-message]")];
    onMessages({ ...region("messages"), ids: messages.map((note) => note.dataset.message) });
  } catch {
    isBehind = true;
    state("offline");
  }
}

// ---------------------------------------------------------------- the stream

const events = {
  hello: () => state("live"),
  beat: () => { state("live"); if (isBehind) resync(); },
  stale: () => state("stale"),
  incident: onIncident,
  remove: onRemove,
  counts: onCounts,
  people: onPeople,
  messages: onMessages,
  map: ({ html }) => swap("map", html),
  alerts: ({ html }) => swap("alerts", html),
  drill: ({ on }) => drill(on),
  resync,
  leave: () => location.assign("/sign-in"),
};

if (columns.size > 0) {
  state("wait");
  // The newest event that the page knows. The page is older than its first stream, and what came between is on none.
  let newest = document.querySelector("[data-cursor]")?.dataset.cursor ?? "";
  listen(() => `/board/stream?after=${newest}`, {
    events: Object.fromEntries(Object.entries(events).map(([name, act]) => [name, (event) => {
      if (event.lastEventId) newest = event.lastEventId;
      if (name !== "stale") right();
      try { act(event.data ? JSON.parse(event.data) : {}); } catch (error) { console.warn("board", name, error); }
    }])),
    opened: () => state("live"),
    erred: () => state("offline"),
    silent: () => state("offline"),
    gap: resync,
  });
}

// ---------------------------------------------------------------- the pane

let asked = 0;

function show(html) {
  pane.replaceChildren(fragment(html));
  // The people of an incident come with its pane: their buttons carry the member's own form token.
  const side = pane.querySelector("[data-side]");
  if (side) {
    document.getElementById("people")?.replaceChildren(...side.childNodes);
    side.remove();
  }
  refresh(document.querySelector("main") ?? pane);
  for (const anchor of document.querySelectorAll(".card a[aria-current]")) anchor.removeAttribute("aria-current");
  const id = opened()?.dataset.incident;
  if (id) card(id)?.querySelector("a")?.setAttribute("aria-current", "true");
}

/** Loads a fragment into the pane; false means: let the browser go there. */
async function load(address, focus) {
  const mine = ++asked;
  const response = await get(address, { headers: { Accept: "text/html" } });
  const html = await response.text();
  if (response.redirected && !new URL(response.url).pathname.endsWith("/pane")) throw new Error("sent elsewhere");
  if (mine !== asked) return;
  show(html);
  pane.scrollTop = 0;
  if (focus) {
    const first = pane.querySelector("[data-act] :is(input:not([type=hidden]), select, textarea), [autofocus]") ?? pane;
    // Of several the one that is chosen: on another, the next space would choose that.
    const target = first.type === "radio" ? pane.querySelector(`input[name="${CSS.escape(first.name)}"]:checked`) ?? first : first;
    target.focus({ preventScroll: target === pane });
  }
}

const dirty = () => pane.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")
  || pane.querySelector("form[data-act], [data-refused], [data-failed]");

/** The open incident changed elsewhere: refresh it, or say so when somebody is writing in it. */
async function renew() {
  const id = opened()?.dataset.incident;
  if (!id || !pane) return;
  if (dirty()) {
    if (pane.querySelector("[data-stale]")) return;
    const note = document.createElement("p");
    note.className = "note warn row";
    note.dataset.stale = "";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = pane.dataset.staleButton ?? "Show the change";
    button.addEventListener("click", () => fresh(id, true));
    note.append(pane.dataset.staleWords ?? "This changed.", button);
    pane.querySelector(".pane-body")?.prepend(note);
    return;
  }
  await fresh(id);
}

const posts = (root) => [...root.querySelectorAll('form[method="post"]')];
const where = (form) => form.getAttribute("action");
const typable = (form) => [...form.elements].filter((field) => field.name && field.matches("textarea, select, input:not([type=hidden], [type=file])"));

/** What was typed into a form, into the same form of a newer page. */
function refill(form, old) {
  for (const field of typable(old)) {
    const same = typable(form).filter((other) => other.name === field.name && other.type === field.type);
    if (field.type === "radio" || field.type === "checkbox") {
      const one = same.find((other) => other.value === field.value);
      if (one) one.checked = field.checked;
    } else if (field instanceof HTMLSelectElement) {
      for (const option of same[0]?.options ?? []) option.selected = [...field.selectedOptions].some(({ value }) => value === option.value);
    } else if (same.length === 1) same[0].value = field.value;
  }
}

const lines = (root) => [...root.querySelectorAll(".pane-body .line > li")];
const moment = (line) => `${line.querySelector("time")?.dateTime} ${line.querySelector("strong")?.textContent}`;

/** Above the form what came since, as on a page that the server refused; in the form what was typed. */
function keepWriting(written, known) {
  for (const old of written) {
    const same = posts(pane).find((form) => where(form) === where(old));
    if (same) refill(same, old);
    // It can't be done any more: its words stay to be read, and the server says why.
    else if (old.matches("[data-act]")) pane.querySelector(".pane-body")?.prepend(old);
  }
  const news = lines(pane).filter((line) => !known.has(moment(line))).slice(0, 8);
  if (news.length === 0) return;
  const note = document.createElement("div");
  note.className = "note warn";
  note.dataset.changed = "";
  note.tabIndex = -1;
  const since = document.createElement("ol");
  since.className = "line";
  since.append(...news.map((line) => line.cloneNode(true)));
  for (const form of since.querySelectorAll("form")) form.remove();
  for (const part of since.querySelectorAll("[id]")) part.removeAttribute("id");
  const words = document.createElement("p");
  words.textContent = pane.dataset.staleSince ?? "Since you looked:";
  note.append(words, since);
  const form = pane.querySelector("form[data-act]");
  if (form) form.before(note); else pane.querySelector(".pane-body")?.prepend(note);
  note.scrollIntoView({ block: "nearest" });
  note.focus({ preventScroll: true });
}

/** The way back to a control of the open incident, or of its people beside it, on a newer page; of a step about one person, to that person's; of another button, to the one of its form that says the same. */
function trace(element) {
  const region = element?.closest("#pane, #people")?.id;
  const person = element?.closest("details.sure[id]");
  const form = element?.localName === "button" && element.closest("form[action]");
  const name = ["data-key", "data-pane", "href"].find((one) => element?.hasAttribute(one));
  const wanted = person ? `#${CSS.escape(person.id)} ${element.localName}`
    : name ? `[${name}="${CSS.escape(element.getAttribute(name))}"]`
      : form && `form[action="${CSS.escape(form.getAttribute("action"))}"] button`;
  const words = person || name ? undefined : element?.textContent;
  return () => {
    if (!region || !wanted) return;
    const found = [...document.querySelectorAll(`#${region} ${wanted}`)].find((one) => words === undefined || one.textContent === words);
    found?.focus({ preventScroll: true });
  };
}

/** The open incident as it is now; with `keeps`, what is being written in it stays. */
async function fresh(id, keeps = false) {
  const mine = ++asked;
  try {
    const act = keeps ? pane.querySelector("form[data-act] [name=act]")?.value : undefined;
    const address = `/board/incidents/${encodeURIComponent(id)}/pane${act ? `?act=${encodeURIComponent(act)}` : ""}`;
    const html = await (await get(address)).text();
    if (mine !== asked || opened()?.dataset.incident !== id) return;
    const written = keeps ? posts(pane) : [];
    const known = new Set(lines(pane).map(moment));
    const unfolded = [...document.querySelectorAll("#pane details[open][id], #people details[open][id]")].map((details) => details.id);
    const top = pane.scrollTop;
    const back = trace(document.activeElement);
    show(html);
    for (const name of unfolded) document.getElementById(name)?.setAttribute("open", "");
    pane.scrollTop = top;
    if (keeps) keepWriting(written, known);
    else back();
  } catch { /* the next event or a click tries again */ }
}

const isAway = () => !navigator.onLine || link?.dataset.state === "offline";

/** Nothing was sent: all stays as it is, for another press. */
function fail() {
  pane.querySelector("[data-failed]")?.remove();
  const note = document.createElement("p");
  note.className = "note warn";
  note.dataset.failed = "";
  note.setAttribute("role", "alert");
  note.textContent = pane.dataset.failedWords ?? "It did not work. Nothing was lost. Try again with more signal.";
  (pane.querySelector(".pane-body") ?? pane).prepend(note);
  note.scrollIntoView({ block: "nearest" });
}

async function reaches() {
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    return true;
  } catch { return false; }
}

/** Leaves the page only when the server answers: with no line the browser's own page would take the place of the board. */
async function leave(go) {
  if (await reaches()) go(); else fail();
}

document.addEventListener("click", (event) => {
  const anchor = event.target instanceof Element ? event.target.closest("a[data-pane]") : null;
  if (!anchor || !pane || event.defaultPrevented || !isPlain(event)) return;
  event.preventDefault();
  load(anchor.dataset.pane, true)
    .then(() => history.pushState({ pane: anchor.dataset.pane }, "", anchor.href))
    .catch(() => leave(() => location.assign(anchor.href)));
});

addEventListener("popstate", (event) => {
  const address = event.state?.pane;
  const reload = () => leave(() => location.reload());
  if (!address) { reload(); return; }
  load(address, false).catch(reload);
});
if (opened()) history.replaceState({ pane: `/board/incidents/${opened().dataset.incident}/pane${location.search}` }, "");

/** What nobody can take back takes two presses: the first only asks, for a few seconds. */
function arm(button) {
  const words = button.querySelector("span");
  const first = words.textContent;
  words.textContent = button.dataset.sure;
  button.dataset.armed = "";
  setTimeout(() => {
    words.textContent = first;
    delete button.dataset.armed;
  }, 5000);
}

// The other links of the board lead to pages.
document.addEventListener("click", (event) => {
  const anchor = event.target instanceof Element ? event.target.closest("main a[href]:not([data-pane], [download], [target], [href^='#'])") : null;
  if (!anchor || !pane || anchor.origin !== location.origin || !isAway()) return;
  if (event.defaultPrevented || !isPlain(event)) return;
  event.preventDefault();
  leave(() => location.assign(anchor.href));
});

/** The form whose step the server was found for. */
let found = null;

/** Sends a form when the server answers. One that a change replaced meanwhile is not sent: its step may be another by now. */
async function send(form, button) {
  form.dataset.sent = "yes";
  if (await reaches() && form.isConnected) {
    found = form;
    form.requestSubmit(button);
    found = null;
    setTimeout(() => delete form.dataset.sent, 5000);
  } else {
    delete form.dataset.sent;
    fail();
  }
}

// A second press while the first is on its way must not do the step twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form === found || form.method === "dialog" || form.method === "get") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  const button = event.submitter;
  if (button?.dataset.sure && !("armed" in button.dataset)) { event.preventDefault(); arm(button); return; }
  // What the stream brought leads back to where the member is by now.
  if (form.closest("#messages") && form.elements.back) form.elements.back.value = location.pathname;
  if (pane && isAway()) { event.preventDefault(); send(form, button); return; }
  form.dataset.sent = "yes";
  setTimeout(() => delete form.dataset.sent, 5000);
});

// ---------------------------------------------------------------- keys

const keys = document.getElementById("keys");
const toggle = keys?.querySelector("[data-keys-on]");
const allowed = () => { try { return localStorage.getItem("vecinos.keys") !== "off"; } catch { return true; } };
if (toggle) {
  toggle.checked = allowed();
  toggle.addEventListener("change", () => {
    try { if (toggle.checked) localStorage.removeItem("vecinos.keys"); else localStorage.setItem("vecinos.keys", "off"); } catch { /* this page only */ }
  });
}
/** A dialog from its beginning: by itself it would begin at its first control, which may be its end. */
function unfold(dialog) {
  dialog?.showModal?.();
  dialog?.querySelector("h2")?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target instanceof Element ? event.target.closest("[data-dialog]") : null;
  if (opener) unfold(document.getElementById(opener.dataset.dialog));
});

function step(by) {
  const all = [...document.querySelectorAll(".lists .deck .card:not([data-gone]) a[href]")].filter((a) => a.checkVisibility?.() ?? true);
  if (all.length === 0) return;
  let at = all.indexOf(document.activeElement);
  if (at < 0) at = all.findIndex((a) => a.hasAttribute("aria-current"));
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

const places = { v: "#column-verify", a: "#column-active", p: "#people", m: "#map", i: "#pane" };
// When G was pressed. A page is younger than a second when its first key comes: no number of its clock says "never".
let going = -Infinity;

function go(name) {
  const place = document.querySelector(places[name]);
  if (!place) return;
  const target = place.querySelector("a[href], button") ?? place;
  if (!target.matches("a, button, [tabindex]")) target.tabIndex = -1;
  target.focus();
  target.scrollIntoView({ block: "nearest" });
}

function writing(target) {
  return target instanceof Element
    && (target.closest("textarea, select, [contenteditable]:not([contenteditable=false])")
      || target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=submit])"));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || !allowed()) return;
  const key = event.key;
  if (writing(event.target)) {
    if (key === "Escape") event.target.blur();
    return;
  }
  const onCard = event.target instanceof Element && event.target.closest(".deck");
  if (event.timeStamp - going < 1200 && places[key.toLowerCase()]) { going = -Infinity; event.preventDefault(); go(key.toLowerCase()); return; }
  going = -Infinity;
  if (key === "j" || (onCard && key === "ArrowDown")) { event.preventDefault(); step(1); return; }
  if (key === "k" || (onCard && key === "ArrowUp")) { event.preventDefault(); step(-1); return; }
  if (key === "g") { going = event.timeStamp; return; }
  if (key === "?") { event.preventDefault(); unfold(keys); return; }
  if (event.repeat) return;
  const wanted = `[data-key="${CSS.escape(key.length === 1 ? key.toLowerCase() : key)}"]`;
  const control = pane?.querySelector(wanted) ?? document.querySelector(wanted);
  if (control && !control.matches(":disabled, [aria-disabled=true]")) {
    event.preventDefault();
    for (let fold = control.closest("details:not([open])"); fold; fold = fold.parentElement.closest("details:not([open])")) {
      if (fold.querySelector(":scope > summary") !== control) fold.open = true;
    }
    control.focus();
    // Where there is a choice to make, or no way back, the key only leads there.
    if (!("keyLeads" in control.dataset)) control.click();
  }
});
