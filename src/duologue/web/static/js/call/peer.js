/* One connection to the other browser: perfect negotiation (W3C WebRTC, 10.7), trickled candidates, ICE restarts.
 *
 * Either side may offer at any time; when both do at once, the polite one takes its offer back. Signals go
 * out through `post` and come in through `receive`, in order.
 */

const WAIT_FOR_OFFER = 3000; // the one who came later begins; if nothing comes, I begin too
const DOUBT = 1500; // a connection often heals by itself within this time
const RESTART_EVERY = 5000;

/** Events: `state` ("connecting", "connected", "lost"), `media` (MediaStream), `channel` (boolean), `said` (object). */
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
  #remote = new MediaStream();
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
  get state() { return this.#pc.connectionState; }

  /** Send this track from now on; null sends nothing of that kind. */
  async use(kind, track, stream) {
    const sender = this.#senders[kind];
    if (sender) await sender.replaceTrack(track);
    else if (track) this.#senders[kind] = this.#pc.addTrack(track, stream);
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

  /** Look for a new way through the network: after a change of network, or when the old way is dead. */
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
      let message;
      try { message = JSON.parse(data); } catch { return; }
      if (message && typeof message === "object") this.dispatchEvent(new CustomEvent("said", { detail: message }));
    });
  }

  #listen() {
    const pc = this.#pc;
    pc.addEventListener("negotiationneeded", () => this.#offer());
    pc.addEventListener("icecandidate", ({ candidate }) => { if (candidate) this.#post({ candidate: candidate.toJSON() }); });
    pc.addEventListener("track", ({ track }) => {
      for (const old of this.#remote.getTracks()) if (old.kind === track.kind) this.#remote.removeTrack(old);
      this.#remote.addTrack(track);
      this.dispatchEvent(new CustomEvent("media", { detail: this.#remote }));
    });
    pc.addEventListener("connectionstatechange", () => this.#follow(pc.connectionState));
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
    else if (candidate) {
      try {
        await this.#pc.addIceCandidate(candidate);
      } catch (problem) {
        if (!this.#ignoring) throw problem;
      }
    }
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
