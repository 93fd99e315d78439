// SPDX-License-Identifier: AGPL-3.0-or-later
// While a broadcast goes out, its figures are asked for every two seconds, region by region; live.js does the rest.

import { update } from "./live.js";

setInterval(() => {
  if (!document.hidden && document.querySelector("[data-sending]")) update();
}, 2000);
