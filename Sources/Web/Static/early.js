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
})();
