// SPDX-License-Identifier: AGPL-3.0-or-later
// Leave quickly: the control, or Esc three times within two seconds. Without a script the control is a form to /leave.

const neutral = "https://www.weather.gov/";
const control = () => document.querySelector("[data-leave]");

function leave() {
  // Blank the page first: the other one may take a while on a weak signal.
  document.documentElement.hidden = true;
  document.title = "Weather";
  const address = control()?.dataset.leave || neutral;
  location.replace(address.startsWith("https://") ? address : neutral);
}

let presses = [];
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") { presses = []; return; }
  if (event.repeat || !control()) return;
  presses = [...presses, event.timeStamp].filter((at) => event.timeStamp - at < 2000);
  if (presses.length >= 3) leave();
}, { capture: true });

document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-leave]")) {
    event.preventDefault();
    leave();
  }
});

// Coming back with the back button must not show a page kept in memory after leaving.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.documentElement.hidden) location.replace("/");
});
