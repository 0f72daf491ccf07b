(() => {
  class Emitter {
    constructor() { this.heard = {}; }
    on(event, listener) { this.heard[event] = listener; return this; }
    emit(event, ...given) { this.heard[event]?.(...given); }
  }
  class Track extends Emitter {
    constructor(track, { name } = {}) { super(); Object.assign(this, { mediaStreamTrack: track, kind: track.kind, name, isEnabled: true }); }
    attach() { const made = document.createElement(this.kind); made.autoplay = made.playsInline = made.muted = true; made.srcObject = new MediaStream([this.mediaStreamTrack]); this.element = made; return made; }
    detach() { return this.element ? [this.element] : []; }
    enable() { this.isEnabled = true; }
    disable() { this.isEnabled = false; }
    stop() { this.mediaStreamTrack.stop(); }
  }
  class LocalDataTrack extends Emitter {
    constructor() { super(); this.kind = "data"; }
    send(text) { this.sent?.(text); }
  }
  class Room extends Emitter {
    constructor() { super(); this.participants = new Map(); this.localParticipant = { publishTrack() {}, unpublishTrack() {} }; }
    disconnect() { window.simulatedLeft = true; }
  }
  window.Twilio = { Video: {
    LocalDataTrack, LocalVideoTrack: Track,
    async createLocalTracks(wish) {
      const stream = await navigator.mediaDevices.getUserMedia(wish);
      return stream.getTracks().map((track) => new Track(track));
    },
    async connect(token, { name }) {
      const answer = await fetch(`${BASE}/_frame/twilio?token=${encodeURIComponent(token)}&room=${name}`);
      if (!answer.ok) throw new Error((await answer.json()).message);
      const room = new Room();
      const ROOM = name;
      const tell = (type) => {
        if (type === "participant_join") {
          const person = Object.assign(new Emitter(), { tracks: new Map() });
          room.participants.set("other", person);
          room.emit("participantConnected", person);
        } else if (type === "participant_leave") {
          const person = room.participants.get("other");
          room.participants.delete("other");
          room.emit("participantDisconnected", person);
        }
      };
LOOKING
      setTimeout(look, 50);
      return room;
    },
  } };
})();
