// SPDX-License-Identifier: AGPL-3.0-or-later
// "Use my phone's position": fills the two hidden fields and sends the step. The server answers with the
// neighborhood to look at before anything is a report. Rounded to about 11 m: finer is never needed.

const button = document.querySelector("button[data-where]");
const form = button?.form;
const status = document.querySelector("[data-where-status]");
const say = (word) => { if (status) status.textContent = status.dataset[word] ?? ""; };

if (button && form && "geolocation" in navigator) {
  button.addEventListener("click", () => {
    button.disabled = true;
    say("looking");
    navigator.geolocation.getCurrentPosition(({ coords }) => {
      const fields = form.elements;
      if (!fields.latitude || !fields.longitude) return;
      fields.latitude.value = coords.latitude.toFixed(4);
      fields.longitude.value = coords.longitude.toFixed(4);
      say("found");
      form.requestSubmit(form.querySelector("[data-where-submit]") ?? undefined);
      button.disabled = false;
    }, () => {
      button.disabled = false;
      say("denied");
      form.querySelector("input:not([type=hidden])")?.focus();
    }, { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 });
  });
  // Words typed after a position was taken win over it.
  form.addEventListener("input", (event) => {
    if (event.target.type === "hidden" || !form.elements.latitude) return;
    form.elements.latitude.value = "";
    form.elements.longitude.value = "";
    say("");
  });
} else if (button) {
  button.hidden = true;
}
