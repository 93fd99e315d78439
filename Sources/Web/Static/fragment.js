// SPDX-License-Identifier: AGPL-3.0-or-later
// The one place where text of our own server becomes markup. The policy "vecinos" is made once;
// pages send `trusted-types vecinos; require-trusted-types-for 'script'`.

const policy = globalThis.trustedTypes
  ? globalThis.trustedTypes.createPolicy("vecinos", { createHTML: (text) => text, createScriptURL: (text) => text })
  : { createHTML: (text) => text, createScriptURL: (text) => text };

// Belt and braces under `script-src 'self'`: no script, no handler, no foreign frame comes in with a fragment.
function clean(root) {
  for (const bad of root.querySelectorAll("script, iframe, object, embed, base, meta[http-equiv]")) bad.remove();
  for (const element of root.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name.startsWith("on") || /^\s*javascript:/i.test(value)) element.removeAttribute(name);
    }
  }
  return root;
}

/** The server's own fragment as nodes. */
export function fragment(text) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(text);
  return clean(template.content);
}

/** The server's own whole page as a document that runs nothing. */
export function page(text) {
  return clean(new DOMParser().parseFromString(policy.createHTML(text), "text/html"));
}

/** The address of a worker of members' pages; of nothing else. */
export function workerAddress(address) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin || !["/subscribe/worker.js", "/respond/worker.js"].includes(url.pathname)) throw new Error("another worker");
  return policy.createScriptURL(url.href);
}

/** Fetches from this server only; throws on anything that is not a page of ours. */
export async function get(address, options = {}) {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin) throw new Error("another origin");
  const response = await fetch(url, { credentials: "same-origin", ...options });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response;
}
