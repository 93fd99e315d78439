// SPDX-License-Identifier: AGPL-3.0-or-later
// The only classic script: runs before the first paint so that nothing flashes. Everything else is a module.
(function () {
  "use strict";
  var root = document.documentElement;
  root.setAttribute("data-script", "on");
  try {
    var theme = localStorage.getItem("vecinos.theme");
    var text = localStorage.getItem("vecinos.text");
    if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);
    if (text === "2" || text === "3") root.setAttribute("data-text", text);
  } catch (_) { /* storage is off: the system's own settings stand */ }
  // Leaving before quick.js is there: the form to /leave would also wipe a family plan that is meant to stay.
  document.addEventListener("submit", function (event) {
    var button = event.target.querySelector("button[data-leave]");
    if (!button || button.dataset.leave.indexOf("https://") !== 0) return;
    event.preventDefault();
    root.hidden = true;
    location.replace(button.dataset.leave);
  }, true);
})();
