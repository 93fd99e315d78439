// SPDX-License-Identifier: AGPL-3.0-or-later
// Messages to one's own people: links that the phone's own apps open. Nothing is sent from here.

const digits = (phone) => phone.replace(/[^\d+]/g, "").replace(/(?!^)\+/g, "");

/** Wires the part; `answers()` gives the plan as it stands, `note(word)` says something. Returns a function that shows it anew. */
export function messages(root, answers, note) {
  const kind = root.querySelector("#message-kind");
  const language = root.querySelector("#message-language");
  const text = root.querySelector("#message-text");
  const people = root.querySelector("[data-plan-people]");
  const share = root.querySelector("[data-plan-do=share]");

  function compose() {
    const template = [...root.querySelectorAll("[data-plan-templates] > [data-message]")]
      .find((one) => one.dataset.message === kind.value && one.lang === language.value);
    if (!template) return;
    const said = answers();
    const children = [1, 2, 3, 4, 5, 6].map((row) => said[`children.child.${row}.name`]).filter(Boolean);
    const lawyer = [said["numbers.lawyer.1.name"], said["numbers.lawyer.1.phone"]].filter(Boolean).join(" ");
    text.lang = language.value;
    text.dir = "auto";
    text.value = template.textContent
      .replace("{children}", () => children.join(", ") || template.dataset.children)
      .replace("{lawyer}", () => lawyer || template.dataset.lawyer);
    list();
  }

  function list() {
    const said = answers();
    const rows = [];
    for (const group of ["contacts.person", "children.pickup"]) {
      for (let row = 1; row <= 20; row += 1) {
        const one = (field) => said[`${group}.${row}.${field}`];
        const phone = digits(one("phone") ?? "");
        const email = one("email")?.includes("@") ? one("email").trim() : "";
        if (!phone && !email) continue;
        const item = document.createElement("li");
        const name = document.createElement("span");
        name.textContent = one("name") || one("phone") || email;
        name.translate = false;
        item.append(name);
        const body = encodeURIComponent(text.value);
        // `?&` is understood by both kinds of phones.
        if (phone) item.append(link(`sms:${phone}?&body=${body}`, people.dataset.text, name.textContent));
        if (email) item.append(link(`mailto:${encodeURIComponent(email)}?body=${body}`, people.dataset.mail, name.textContent));
        rows.push(item);
      }
    }
    people.replaceChildren(...rows);
    note(rows.length ? "" : "nobody");
  }

  function link(address, words, name) {
    const made = document.createElement("a");
    made.className = "button small";
    made.href = address;
    made.textContent = words;
    made.setAttribute("aria-label", `${words}: ${name}`);
    return made;
  }

  kind.addEventListener("change", compose);
  language.addEventListener("change", compose);
  text.addEventListener("input", list);
  share.hidden = !navigator.share;
  share.addEventListener("click", () => navigator.share({ text: text.value }).catch(() => { /* they changed their mind */ }));
  root.querySelector("[data-plan-do=copy]").addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(text.value); note("copied"); } catch { text.select(); }
  });
  return compose;
}
