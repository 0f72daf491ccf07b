class Call {
  constructor(parent) {
    this.heard = {};
    this.people = { local: {} };
    this.frame = Object.assign(document.createElement("iframe"), { allow: "camera; microphone; display-capture; autoplay; fullscreen" });
    parent.append(this.frame);
    this.listen = ({ source, data }) => {
      if (source !== this.frame.contentWindow) return;
      if (data.type === "join") this.entered();
      if (data.type === "refused") this.fail(data.payload);
      if (data.type === "participant_join") this.people.other = {};
      if (data.type === "participant_leave") delete this.people.other;
      const said = { join: "joined-meeting", leave: "left-meeting", participant_join: "participant-joined", participant_leave: "participant-left" }[data.type];
      if (said) this.heard[said]?.({ action: said });
    };
    addEventListener("message", this.listen);
  }
  on(event, listener) { this.heard[event] = listener; return this; }
  participants() { return this.people; }
  join({ url, token }) {
    this.frame.src = `${url}?t=${encodeURIComponent(token)}`;
    return new Promise((entered, refuse) => { Object.assign(this, { entered, refuse }); });
  }
  fail({ type, words }) {
    this.frame.src = "about:blank";
    this.heard.error?.({ action: "error", errorMsg: words, error: { type, msg: words } });
    this.refuse(words);
  }
  async destroy() { removeEventListener("message", this.listen); this.frame.remove(); }
}
window.DailyIframe = { createFrame: (parent) => new Call(parent) };
