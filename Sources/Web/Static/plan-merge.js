// SPDX-License-Identifier: AGPL-3.0-or-later
// Two plans into one: what is here stays, what is missing comes from there. A person, a child or a car of the file goes
// to the row with the same name, else to the first empty row.

const fold = (text) => String(text ?? "").normalize("NFKC").trim().toLowerCase();

/** {"contacts.person": {1: {name: "Ana"}}} of {"contacts.person.1.name": "Ana"}. */
function groups(answers) {
  const found = Object.create(null);
  for (const [key, value] of Object.entries(answers)) {
    const [topic, group, row, field] = key.split(".");
    ((found[`${topic}.${group}`] ??= {})[row] ??= Object.create(null))[field] = value;
  }
  return found;
}

const same = (one, two) => Object.entries(two).every(([field, value]) => one[field] === value);

/** `rows(group)` says how many rows there are. Gives the answers, how many differed, and how many rows found no room. */
export function merge(here, there, rows) {
  const answers = { ...here };
  const mine = groups(here);
  let clashed = 0;
  let over = 0;
  for (const [group, theirs] of Object.entries(groups(there))) {
    const own = (mine[group] ??= {});
    const most = Math.max(rows(group), 1);
    for (const row of Object.keys(theirs).sort((one, two) => one - two)) {
      const said = theirs[row];
      const at = most === 1 ? "1" : place(own, said, most);
      if (!at) { over += 1; continue; }
      const target = (own[at] ??= Object.create(null));
      for (const [field, value] of Object.entries(said)) {
        if (target[field] === undefined) {
          target[field] = value;
          answers[`${group}.${at}.${field}`] = value;
        } else if (fold(target[field]) !== fold(value)) {
          clashed += 1;
        }
      }
    }
  }
  return { answers, clashed, over };
}

function place(own, said, most) {
  const name = fold(said.name ?? said.minor);
  const twin = Object.keys(own).find((row) => same(own[row], said) || (name && fold(own[row].name ?? own[row].minor) === name));
  if (twin) return twin;
  for (let row = 1; row <= most; row += 1) if (!own[row]) return String(row);
  return null;
}
