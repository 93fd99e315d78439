// SPDX-License-Identifier: AGPL-3.0-or-later
// Checks a certificate on this device, with the key that stands in the page: it works without a connection.
const form = document.querySelector("form[data-certificate][data-key]");
const field = form?.querySelector("textarea");
const status = form?.querySelector("[data-local]");

const bytes = (text) => {
    if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new Error("not base64url");
    const made = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    // One text for one value: loose bits at the end are a change too.
    let again = "";
    for (const byte of made) again += String.fromCharCode(byte);
    if (btoa(again).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") !== text) throw new Error("loose bits");
    return made;
};

const judge = async (text) => {
    const parts = text.split(":");
    if (parts.length !== 8 || parts[0] !== "VEC1" || parts[6] !== form.dataset.id) return "wrong";
    try {
        const key = await crypto.subtle.importKey("raw", bytes(form.dataset.key), { name: "Ed25519" }, false, ["verify"]);
        const signed = new TextEncoder().encode("vecinos certificate\n" + text.slice(0, text.lastIndexOf(":")));
        const isRight = await crypto.subtle.verify({ name: "Ed25519" }, key, bytes(parts[7]), signed);
        if (!isRight) return "wrong";
    } catch (error) {
        // A browser that doesn't know Ed25519 says nothing: the button asks the server.
        return error?.name === "NotSupportedError" ? null : "wrong";
    }
    const now = new Date();
    const day = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
    return day > parts[4] ? "over" : "right";
};

const show = async () => {
    const text = field.value.trim();
    const found = text ? await judge(text) : null;
    if (field.value.trim() !== text) return;
    status.textContent = found ? status.dataset[found] : "";
    status.dataset.found = found ?? "";
};

if (form && field && status && globalThis.crypto?.subtle) {
    field.addEventListener("input", show);
    show();
}
