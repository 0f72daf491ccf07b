/* The chat of a call, over the data channel alone. Text stays text; web addresses, and nothing else, become links. */

const LONGEST = 2000;
const MOST = 300;
const TOGETHER = 3 * 60_000; // what somebody writes within this time stands under one name
const ADDRESS = /https?:\/\/[^\s<>"'`\\]+/gi;
const AFTER = /[.,;:!?)\]}…]+$/;

function link(address) {
  let url;
  try { url = new URL(address); } catch { return null; }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password) return null;
  return Object.assign(document.createElement("a"), { href: url.href, title: url.host, textContent: address, target: "_blank", rel: "noopener noreferrer nofollow" });
}

/** The text as nodes: what a person wrote never becomes markup. */
export function nodes(text) {
  const found = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(AFTER, "");
    const made = link(address);
    if (!made) continue;
    found.push(text.slice(at, match.index), made);
    at = match.index + address.length;
  }
  return [...found, text.slice(at)].filter((one) => one !== "");
}

const isText = (value, most) => typeof value === "string" && value.length > 0 && value.length <= most;

/** Events: `news` (text), when the other one wrote. */
export class Chat extends EventTarget {
  #log;
  #names;
  #key;
  #now;
  #said = [];
  #known = new Set();
  #format;

  constructor(log, { names, key, now, hour12 }) {
    super();
    this.#log = log;
    this.#names = names;
    this.#now = now;
    this.#key = `duologue:chat:${key}`;
    const { lang, dataset } = document.documentElement;
    this.#format = new Intl.DateTimeFormat(lang, { hour: "2-digit", minute: "2-digit", hour12, timeZone: dataset.zone || undefined });
    for (const message of this.#kept()) this.#add(message);
  }

  /** Notes what I write; the answer is what goes to the other side. */
  write(text) {
    const message = { id: crypto.randomUUID(), mine: true, text: text.trim().slice(0, LONGEST), at: this.#now() };
    if (!message.text) return null;
    this.#add(message);
    return this.#spoken(message);
  }

  /** All that I wrote: a page that came back may have missed some of it. */
  again() {
    return this.#said.filter(({ mine }) => mine).map((message) => this.#spoken(message));
  }

  hear(message) {
    if (!isText(message?.id, 36) || !isText(message.text, LONGEST) || this.#known.has(message.id)) return;
    const ago = Number.isFinite(message.ago) ? Math.min(Math.max(message.ago, 0), 86_400) : 0;
    this.#add({ id: message.id, mine: false, text: message.text, at: this.#now() - ago * 1000 });
    this.dispatchEvent(new CustomEvent("news", { detail: message.text }));
  }

  /** The call is over, and so is what was written in it. */
  forget() {
    try { sessionStorage.removeItem(this.#key); } catch { /* then nothing was kept */ }
  }

  #spoken({ id, text, at }) { return { id, text, ago: Math.round((this.#now() - at) / 1000) }; }

  #kept() {
    try { return JSON.parse(sessionStorage.getItem(this.#key)) ?? []; } catch { return []; }
  }

  #add(message) {
    if (this.#said.length >= MOST || this.#known.has(message.id)) return;
    const before = this.#said.at(-1);
    this.#known.add(message.id);
    this.#said.push(message);
    if (before?.mine !== message.mine || message.at - before.at > TOGETHER) this.#name(message);
    this.#line("bubble", message.mine, nodes(message.text));
    this.#log.scrollTop = this.#log.scrollHeight;
    try { sessionStorage.setItem(this.#key, JSON.stringify(this.#said)); } catch { /* it is kept for reloads only */ }
  }

  #name({ mine, at }) {
    this.#line("said-by", mine, [`${mine ? this.#names.mine : this.#names.theirs}, ${this.#format.format(at)}`]);
  }

  #line(kind, mine, content) {
    const line = document.createElement("p");
    line.className = mine ? `${kind} mine` : kind;
    line.append(...content);
    this.#log.append(line);
  }
}
