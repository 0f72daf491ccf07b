window.JitsiMeetExternalAPI = class {
  constructor(domain, { roomName, jwt, parentNode, noSSL, userInfo }) {
    const url = new URL(`${noSSL ? "http" : "https"}://${domain}/${roomName}`);
    if (jwt) url.searchParams.set("jwt", jwt);
    url.hash = `userInfo.displayName=${encodeURIComponent(JSON.stringify(userInfo.displayName))}`;
    this.heard = {};
    this.frame = Object.assign(document.createElement("iframe"), { allow: "camera; microphone; display-capture; autoplay; clipboard-write", src: url });
    this.listen = ({ source, data }) => {
      if (source !== this.frame.contentWindow) return;
      const said = { join: "videoConferenceJoined", leave: "videoConferenceLeft", participant_join: "participantJoined", participant_leave: "participantLeft" }[data.type];
      if (said) this.heard[said]?.({ id: "other" });
      if (data.type === "leave") this.heard.readyToClose?.({});
    };
    addEventListener("message", this.listen);
    parentNode.append(this.frame);
  }
  addListener(event, listener) { this.heard[event] = listener; }
  dispose() { removeEventListener("message", this.listen); this.frame.remove(); }
};
