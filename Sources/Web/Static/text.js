// SPDX-License-Identifier: AGPL-3.0-or-later
// Small comforts: text size, colors, copy, print, and a menu that closes. early.js applies the stored choice before paint.

const root = document.documentElement;

function store(name, value, usual) {
  try {
    if (value === usual) localStorage.removeItem(`vecinos.${name}`);
    else localStorage.setItem(`vecinos.${name}`, value);
  } catch { /* storage is off: the choice lasts for this page */ }
}

function press() {
  for (const button of document.querySelectorAll("button[data-text]")) {
    button.setAttribute("aria-pressed", String(button.dataset.text === (root.dataset.text ?? "1")));
  }
  for (const button of document.querySelectorAll("button[data-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === (root.dataset.theme ?? "auto")));
  }
}

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent.trim().replace(/\s+/g, " "));
    const label = [...button.childNodes].findLast((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (label && button.dataset.done) label.data = button.dataset.done;
    button.setAttribute("role", "status");
  } catch {
    getSelection()?.selectAllChildren(source);
  }
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const button = target?.closest("button");
  if (button?.dataset.text) {
    if (button.dataset.text === "1") delete root.dataset.text; else root.dataset.text = button.dataset.text;
    store("text", button.dataset.text, "1");
    press();
  } else if (button?.dataset.theme) {
    if (button.dataset.theme === "auto") delete root.dataset.theme; else root.dataset.theme = button.dataset.theme;
    store("theme", button.dataset.theme, "auto");
    press();
  } else if (button?.dataset.copy) {
    copy(button);
  } else if (button?.hasAttribute("data-print")) {
    print();
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary")?.focus();
  }
});

// A page that came back with errors starts at their list.
document.querySelector(".errors[tabindex]")?.focus();
press();
