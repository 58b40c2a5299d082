// Which uploads of this link were under way, so that a reload can offer to go on; and what arrived in this tab, so that a
// reload does not take the thanks away.
//
// Under way: localStorage, per link, thrown away after two weeks. Arrived: sessionStorage, because the address of a
// finished file is a secret that a shared computer should not keep. A browser that refuses storage only forgets.

const kPrefix = "stile:";
const kKeepMilliseconds = 14 * 24 * 3600 * 1000;

function load(storage, key) {
  try {
    const value = JSON.parse(storage().getItem(key));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function save(storage, key, entries) {
  try {
    if (entries.length > 0) storage().setItem(key, JSON.stringify(entries));
    else storage().removeItem(key);
  } catch {
    // Full or forbidden: nothing is remembered, nothing else suffers.
  }
}

// Reading these properties throws where storage is forbidden, so it happens inside the try blocks above.
const local = () => window.localStorage;
const session = () => window.sessionStorage;

export class Memory {
  constructor(uploadToken) {
    this.key = kPrefix + uploadToken;
    this.sweep();
  }

  underWay() {
    return load(local, this.key);
  }

  // entry: {id, name, size, type, done}
  keep(entry) {
    const others = this.underWay().filter((other) => other.id !== entry.id);
    save(local, this.key, [...others, { ...entry, at: Date.now() }]);
  }

  forget(id) {
    save(local, this.key, this.underWay().filter((entry) => entry.id !== id));
  }

  arrived() {
    return load(session, this.key);
  }

  // entry: {id, name, size, type, url}
  arrive(entry) {
    this.forget(entry.id);
    save(session, this.key, [...this.arrived().filter((other) => other.id !== entry.id), entry]);
  }

  sweep() {
    try {
      const keys = Object.keys(local()).filter((key) => key.startsWith(kPrefix));
      for (const key of keys) {
        save(local, key, load(local, key).filter((entry) => Date.now() - entry.at < kKeepMilliseconds));
      }
    } catch {
      // As above.
    }
  }
}

// The same for one file across reloads, different for any two files a person has. Only characters that every server keeps.
export function identify(file) {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (const character of `${file.name}\n${file.size}\n${file.lastModified}`) {
    const code = character.codePointAt(0);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  const hash = (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
  return `${file.size}-${hash}-${file.name.replace(/[^0-9A-Za-z_-]/g, "").slice(0, 40)}`;
}
