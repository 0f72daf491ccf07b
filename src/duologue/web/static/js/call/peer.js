/* One connection to the other browser: perfect negotiation (W3C WebRTC, 10.7), trickled candidates, ICE restarts.
 * When both offer at once, the polite one takes its offer back. Signals come in through `receive`, in order.
 */

const WAIT_FOR_OFFER = 3000; // who came later begins; or I do
const DOUBT = 1500; // a connection often heals by itself within this time
const RESTART_EVERY = 5000;
const LONGEST = 64 * 1024;

function put(stream, wanted) {
  for (const old of stream.getTracks()) if (!wanted.includes(old)) stream.removeTrack(old);
  for (const track of wanted) if (track) stream.addTrack(track);
}

/** Events: `state` ("connecting", "connected", "lost"), `media` (`person` or `screen` changed), `channel` (boolean), `said` (object). */
export class Peer extends EventTarget {
  #pc;
  #channel;
  #polite;
  #post;
  #making = false;
  #ignoring = false;
  #answering = false;
  #mayOffer;
  #chain = Promise.resolve();
  #senders = {};
  #timers = new Set();
  #closed = false;
  #wasConnected = false;
  #arrived = new Map(); // their tracks, by stream id
  #screenId = "";
  #streams = {};
  person = new MediaStream();
  screen = new MediaStream();
  #restarting = null;

  constructor({ iceServers, polite, begin, post }) {
    super();
    this.#polite = polite;
    this.#post = post;
    this.#mayOffer = begin;
    this.#pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    this.#openChannel();
    this.#listen();
    if (!begin) this.#after(WAIT_FOR_OFFER, () => this.#allowOffers());
  }

  get connection() { return this.#pc; }
  get channel() { return this.#channel.readyState === "open" ? this.#channel : null; }
  get state() { return this.#pc.connectionState; }

  /** Send this track from now on; null sends nothing of that kind. */
  async use(kind, track, stream) {
    const sender = this.#senders[kind];
    if (sender) await sender.replaceTrack(track);
    else if (track) {
      this.#senders[kind] = this.#pc.addTrack(track, stream);
      this.#streams[kind] = stream.id;
      if (kind === "audio") this.tune("audio", { priority: "high", networkPriority: "high" });
    }
  }

  /** How much of a kind to send, as encodings say it. */
  async tune(kind, wish) {
    const sender = this.#senders[kind];
    const parameters = sender?.getParameters();
    if (!parameters?.encodings?.length) return;
    Object.assign(parameters.encodings[0], { active: true }, wish);
    await sender.setParameters(parameters).catch(() => {});
  }

  /** By which name the other side knows what I send as `kind`. */
  nameOf(kind) { return this.#streams[kind] ?? ""; }

  /** The other side told which of its streams is its screen. */
  set theirScreen(id) {
    this.#screenId = id;
    this.#sort();
  }

  /** How loud the other one is just now, from 0 to 1. */
  get loudness() {
    const receiver = this.#pc.getReceivers().find(({ track }) => track.kind === "audio");
    return receiver?.getSynchronizationSources?.()[0]?.audioLevel ?? 0;
  }

  receive(body) {
    this.#chain = this.#chain.then(() => this.#take(body)).catch((problem) => {
      if (!this.#closed) console.warn("signal not taken:", problem.message);
    });
  }

  /** Tell the other page something, if the channel is open. */
  say(message) {
    if (this.#channel.readyState === "open") this.#channel.send(JSON.stringify(message));
  }

  /** Look for a new way through the network. */
  restart() {
    if (this.#closed) return;
    this.#mayOffer = true;
    this.#pc.restartIce();
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#pc.close();
  }

  #after(delay, action) {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#closed) action();
    }, delay);
    this.#timers.add(timer);
  }

  #openChannel() {
    this.#channel = this.#pc.createDataChannel("duologue", { negotiated: true, id: 0 });
    const tell = (isOpen) => this.dispatchEvent(new CustomEvent("channel", { detail: isOpen ? this.#channel : null }));
    this.#channel.addEventListener("open", () => tell(true));
    this.#channel.addEventListener("close", () => { if (!this.#closed) tell(false); });
    this.#channel.addEventListener("message", ({ data }) => {
      if (typeof data !== "string" || data.length > LONGEST) return;
      let detail;
      try { detail = JSON.parse(data); } catch { return; }
      if (detail && typeof detail === "object") this.dispatchEvent(new CustomEvent("said", { detail }));
    });
  }

  #listen() {
    const pc = this.#pc;
    pc.addEventListener("negotiationneeded", () => this.#offer());
    pc.addEventListener("icecandidate", ({ candidate }) => { if (candidate) this.#post({ candidate: candidate.toJSON() }); });
    pc.addEventListener("track", ({ track, streams: [stream] }) => {
      this.#arrived.set(track, stream?.id ?? "");
      this.#sort();
    });
    pc.addEventListener("connectionstatechange", () => this.#follow(pc.connectionState));
  }

  /** Camera and microphone are the person, the stream that they named is the screen. */
  #sort() {
    const found = {};
    for (const [track, id] of this.#arrived) {
      if (track.kind === "video" && id && id === this.#screenId) found.screen = track;
      else found[track.kind] ??= track;
    }
    put(this.person, [found.audio, found.video]);
    put(this.screen, [found.screen]);
    this.dispatchEvent(new Event("media"));
  }

  #follow(state) {
    if (this.#closed) return;
    if (state === "connected") {
      this.#wasConnected = true;
      this.#tell("connected");
    } else if (state === "disconnected") {
      this.#after(DOUBT, () => { if (this.state === "disconnected") this.#lose(); });
    } else if (state === "failed") this.#lose();
  }

  /** Lost: try again and again, the impolite one at once, the polite one a little later. */
  #lose() {
    this.#tell(this.#wasConnected ? "lost" : "connecting");
    if (this.#restarting) return;
    const retry = () => {
      this.#restarting = null;
      if (this.state === "connected") return;
      this.restart();
      this.#restarting = true;
      this.#after(RESTART_EVERY, retry);
    };
    this.#restarting = true;
    this.#after(this.#polite ? DOUBT : 0, retry);
  }

  #tell(state) { this.dispatchEvent(new CustomEvent("state", { detail: state })); }

  #allowOffers() {
    if (this.#mayOffer) return;
    this.#mayOffer = true;
    if (!this.#pc.remoteDescription) this.#offer();
  }

  async #offer() {
    if (!this.#mayOffer || this.#closed) return;
    try {
      this.#making = true;
      await this.#pc.setLocalDescription();
      this.#post({ description: this.#pc.localDescription.toJSON() });
    } catch (problem) {
      if (!this.#closed) console.warn("no offer:", problem.message);
    } finally {
      this.#making = false;
    }
  }

  async #take({ description, candidate }) {
    if (this.#closed) return;
    if (description) await this.#describe(description);
    else if (candidate) await this.#pc.addIceCandidate(candidate).catch((problem) => { if (!this.#ignoring) throw problem; });
  }

  async #describe(description) {
    const pc = this.#pc;
    const ready = !this.#making && (pc.signalingState === "stable" || this.#answering);
    const collision = description.type === "offer" && !ready;
    this.#ignoring = !this.#polite && collision;
    if (this.#ignoring) return;
    this.#answering = description.type === "answer";
    try {
      await pc.setRemoteDescription(description);
    } finally {
      this.#answering = false;
    }
    this.#mayOffer = true;
    if (description.type !== "offer") return;
    await pc.setLocalDescription();
    this.#post({ description: pc.localDescription.toJSON() });
  }
}
