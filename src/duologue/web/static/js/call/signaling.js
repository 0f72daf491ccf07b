/* How do two browsers find each other? Signals through the server's mailbox, later over the data channel.
 * Link: one stay of mine and one of theirs; what arrives, in any order and by either way, is handed on once and in order.
 * Mailbox: visits the server; often until connected, then only as a heartbeat.
 */
import { later as usualLater, now } from "./timing.js";

const AT_ONCE = 50;
const PACE = { connected: 12_000, green: 3000, meeting: 300, meetingLong: 1000, alone: 800, aloneLong: 1500, attentive: 1500 };
const MEETING_IS_LONG = 20_000;
const ALONE_IS_LONG = 120_000;
const ATTENTIVE = 60_000;
const TIMEOUT = 10_000;
const MOST_EARLY = 500;
const FINAL = new Set([403, 404, 409, 410]);

export class Link {
  #next = 1;
  #got = 0;
  #early = new Map();
  #kept = []; // sent or to be sent, and not known to have arrived
  #channel = null;

  constructor(mine, theirs, deliver) {
    this.mine = mine;
    this.theirs = theirs;
    this.deliver = deliver;
  }

  /** The last of their signals up to which nothing is missing. */
  get since() { return this.#got; }

  post(body) {
    const signal = { seq: this.#next++, body };
    this.#kept.push(signal);
    this.#say({ signal });
    return signal.seq;
  }

  /** A channel may close sooner than it tells: then the mailbox carries what is kept. */
  #say(message) {
    try {
      this.#channel?.send(JSON.stringify(message));
    } catch {
      this.#channel = null;
    }
  }

  accept(signals) {
    for (const { seq, body } of signals) if (seq > this.#got && seq <= this.#got + MOST_EARLY) this.#early.set(seq, body);
    while (this.#early.has(this.#got + 1)) {
      this.#got += 1;
      const body = this.#early.get(this.#got);
      this.#early.delete(this.#got);
      this.deliver(body);
    }
  }

  /** What the next visit takes along: nothing while the channel carries it. */
  get forMailbox() { return this.#channel ? [] : this.#kept.slice(0, AT_ONCE); }

  stored(signals) {
    const seqs = new Set(signals.map(({ seq }) => seq));
    this.#kept = this.#kept.filter(({ seq }) => !seqs.has(seq));
  }

  /** From now on by the open channel; what the mailbox has not taken yet goes along. */
  useChannel(channel) {
    this.#channel = channel;
    for (const signal of this.#kept) this.#say({ signal });
  }

  /** The channel is dead or in doubt: whatever has no receipt goes by the mailbox. */
  dropChannel() { this.#channel = null; }

  /** A message of the channel that is about signals; false for all others. */
  heard(message) {
    if (message.signal) {
      this.accept([message.signal]);
      this.#say({ got: this.#got });
    } else if ("got" in message) {
      this.#kept = this.#kept.filter(({ seq }) => seq > message.got);
    } else return false;
    return true;
  }
}

/** Events: `news` (an answer), `meet` ({ link, begin, servers }), `part` (their stay is over), `reach` (boolean), `closed` ({ code }). */
export class Mailbox extends EventTarget {
  #path;
  #fetch;
  #later;
  #cancel = () => {};
  #visiting = false;
  #again = false;
  #failures = 0;
  #since = 0;
  #stopped = true;
  #attentiveUntil = 0;

  constructor(path, { fetch = globalThis.fetch.bind(globalThis), later = usualLater } = {}) {
    super();
    this.#path = path;
    this.#fetch = fetch;
    this.#later = later;
    this.epoch = crypto.randomUUID();
    this.entered = false;
    this.connected = false;
    this.link = null;
    this.devices = { camera: "", microphone: "" };
    this.deliver = () => {};
  }

  start() {
    this.#stopped = false;
    this.hurry();
  }

  stop() {
    this.#stopped = true;
    this.#cancel();
  }

  /** Go now, or again as soon as the visit under way is over. */
  kick() {
    if (this.#stopped) return;
    if (this.#visiting) this.#again = true;
    else this.#visit();
  }

  /** Sends to the stay that `link` is for; nothing, when that is over. */
  post(link, body) {
    if (link !== this.link) return;
    link.post(body);
    if (link.forMailbox.length) this.kick();
  }

  /** A new stay, as if the page were loaded again. */
  renew() {
    this.epoch = crypto.randomUUID();
    this.connected = false;
    this.#forget();
    this.kick();
  }

  /** Say goodbye in a way that survives the page. */
  leave() {
    const farewell = new Blob([JSON.stringify({ epoch: this.epoch })], { type: "application/json" });
    navigator.sendBeacon(`${this.#path}/farewell`, farewell);
  }

  async #visit() {
    this.#cancel();
    this.#visiting = true;
    this.#again = false;
    const { epoch, link } = this;
    const signals = link?.forMailbox ?? [];
    const words = { ...this.devices, epoch, entered: this.entered, connected: this.connected, to: link?.theirs ?? "", since: link?.since ?? 0, signals };
    try {
      const answer = await this.#ask(words);
      if (answer && epoch === this.epoch) {
        if (this.link === link) link?.stored(signals);
        this.#read(answer);
      }
    } catch {
      this.#failures += 1;
      this.#tell("reach", false);
    }
    this.#visiting = false;
    if (this.#stopped) return;
    if (this.#again && !this.#failures) this.#visit();
    else this.#cancel = this.#later(this.#pause(), () => this.#visit());
  }

  async #ask(words) {
    const answer = await this.#fetch(`${this.#path}/exchange`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(words),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (FINAL.has(answer.status)) {
      const { code } = await answer.json().catch(() => ({ code: "not_found" }));
      this.#close(code);
      return null;
    }
    if (!answer.ok) throw new Error(`The mailbox says ${answer.status}.`);
    return answer.json();
  }

  #read(answer) {
    if (this.#failures) this.#again = true;
    this.#failures = 0;
    this.#tell("reach", true);
    if (!answer.current) {
      this.#close("replaced");
      return;
    }
    const { epoch, state } = answer.other;
    if (this.link && (epoch !== this.link.theirs || state === "left")) this.#forget();
    if (!this.link && this.entered && state === "here") this.#meet(epoch, answer);
    else if (this.link) this.link.accept(answer.signals);
    this.#tell("news", answer);
  }

  #meet(theirs, { begin, servers }) {
    this.link = new Link(this.epoch, theirs, (body) => this.deliver(body));
    this.#since = now();
    this.#again = true;
    this.#tell("meet", { link: this.link, begin, servers });
  }

  #forget() {
    if (!this.link) return;
    this.link = null;
    this.#since = now();
    this.#tell("part");
  }

  #tell(kind, detail) { this.dispatchEvent(new CustomEvent(kind, { detail })); }

  #close(code) {
    this.stop();
    this.#tell("closed", { code });
  }

  #pause() {
    if (this.#failures) return Math.min(8000, 500 * 2 ** this.#failures);
    if (this.connected) return now() < this.#attentiveUntil ? PACE.attentive : PACE.connected;
    if (!this.entered) return PACE.green;
    const gone = now() - this.#since;
    if (this.link) return gone > MEETING_IS_LONG ? PACE.meetingLong : PACE.meeting;
    return gone > ALONE_IS_LONG ? PACE.aloneLong : PACE.alone;
  }

  /** Somebody is about to come: look more often for a minute. */
  attend() {
    this.#attentiveUntil = now() + ATTENTIVE;
    this.kick();
  }

  /** Something happened to the connection: be quick again for a while. */
  hurry() {
    this.#since = now();
    this.kick();
  }
}
