// SPDX-License-Identifier: AGPL-3.0-or-later
// The sealed form of a plan, as a file and as what a locked plan is kept as. Described in docs/family-plan.md:
//   0  8 bytes "VECPLAN1" · 8  1 byte 1: PBKDF2-HMAC-SHA-256 · 9  4 bytes iterations, big endian · 13  16 bytes salt
//   29  12 bytes nonce · 41  AES-256-GCM over the padded JSON, the 41 bytes before it authenticated, tag at the end
//   last 32 bytes: SHA-256 of everything before, so that damage is told from a wrong passphrase

const magic = new TextEncoder().encode("VECPLAN1");
const header = 41;
const sum = 32;
const block = 1024;
// OWASP's figure for PBKDF2-HMAC-SHA-256. A file that asks for less was weakened; one that asks for far more stalls the phone.
export const iterations = 600_000;
const most = 10_000_000;

/** `reason`: foreign, newer, damaged, wrong. */
export class PlanFileError extends Error {
  constructor(reason) { super(reason); this.reason = reason; }
}

export const able = () => Boolean(globalThis.crypto?.subtle);

/** A key for a passphrase: kept in memory while a locked plan is open. */
export async function derive(passphrase, salt = crypto.getRandomValues(new Uint8Array(16)), rounds = iterations) {
  const words = new TextEncoder().encode(passphrase.normalize("NFKC").trim());
  const base = await crypto.subtle.importKey("raw", words, "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  return { key, salt, rounds };
}

/** Seals a plan under a derived key; the nonce is new each time. */
export async function seal({ key, salt, rounds }, plan) {
  const head = new Uint8Array(header);
  head.set(magic);
  head[8] = 1;
  new DataView(head.buffer).setUint32(9, rounds);
  head.set(salt, 13);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  head.set(nonce, 29);
  const text = new TextEncoder().encode(JSON.stringify(plan));
  // Padded with spaces to whole kilobytes: the size should say little about the family.
  const padded = new Uint8Array(Math.ceil(text.length / block) * block).fill(0x20);
  padded.set(text);
  const body = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: head }, key, padded));
  const whole = new Uint8Array(header + body.length + sum);
  whole.set(head);
  whole.set(body, header);
  whole.set(await digest(whole.subarray(0, -sum)), header + body.length);
  return whole;
}

/** Everything that can be said without the passphrase; throws when it isn't a whole file of ours. */
export async function check(bytes) {
  if (bytes.length < magic.length || magic.subarray(0, 7).some((byte, at) => bytes[at] !== byte)) throw new PlanFileError("foreign");
  if (bytes.length < header + 16 + sum) throw new PlanFileError("damaged");
  const due = await digest(bytes.subarray(0, -sum));
  if (due.some((byte, at) => byte !== bytes[bytes.length - sum + at])) throw new PlanFileError("damaged");
  if (bytes[7] !== magic[7] || bytes[8] !== 1) throw new PlanFileError("newer");
  const rounds = new DataView(bytes.buffer, bytes.byteOffset).getUint32(9);
  if (rounds < iterations || rounds > most) throw new PlanFileError("damaged");
  return { rounds, salt: bytes.slice(13, 29) };
}

/** The plan and the key that opened it. */
export async function open(bytes, passphrase) {
  const { rounds, salt } = await check(bytes);
  const derived = await derive(passphrase, salt, rounds);
  let text;
  try {
    text = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: bytes.subarray(29, header), additionalData: bytes.subarray(0, header) }, derived.key, bytes.subarray(header, -sum));
  } catch {
    throw new PlanFileError("wrong");
  }
  return { plan: read(new TextDecoder().decode(text)), derived };
}

/** A plan out of text, with nothing in it but answers; throws on anything else. */
export function read(text) {
  let plan;
  try { plan = JSON.parse(text); } catch { throw new PlanFileError("damaged"); }
  if (plan?.version !== 1) throw new PlanFileError(Number.isInteger(plan?.version) ? "newer" : "damaged");
  const answers = Object.entries(plan.answers ?? {});
  const fits = ([key, value]) => /^[a-z0-9-]+\.[a-z0-9-]+\.[1-9]\d?\.[a-z0-9-]+$/.test(key) && (value === true || (typeof value === "string" && value.length <= 4000));
  if (answers.length > 2000 || !answers.every(fits)) throw new PlanFileError("damaged");
  return { version: 1, answers: Object.fromEntries(answers) };
}

async function digest(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
