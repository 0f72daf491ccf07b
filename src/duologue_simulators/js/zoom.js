window.ZoomMtgEmbedded = { createClient() {
  const heard = {};
  let people = 1;
  const tell = (type) => {
    if (type === "participant_join") { people += 1; heard["user-added"]?.({}); }
    if (type === "participant_leave") { people -= 1; heard["user-removed"]?.({}); }
  };
  let ROOM = "";
LOOKING
  return {
    on(event, listener) { heard[event] = listener; },
    getAttendeeslist: () => Array.from({ length: people }, () => ({})),
    async init({ zoomAppRoot }) { this.root = zoomAppRoot; },
    async join(given) {
      const answer = await fetch(`${BASE}/_frame/zoom`, { method: "POST", body: JSON.stringify(given) });
      const told = await answer.json();
      if (!answer.ok) throw told;
      ROOM = given.meetingNumber;
      this.root.textContent = `You are in Zoom meeting ${ROOM}, simulated, as ${told.role}: ${given.userName}`;
      heard["connection-change"]?.({ state: "Connected" });
      look();
    },
    async leaveMeeting() { window.simulatedLeft = true; },
  };
} };
