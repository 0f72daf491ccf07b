/* Jitsi and JaaS by the IFrame API. */
export function open(stage, options, tell) {
  const inner = document.createElement("div");
  inner.className = "whole";
  stage.append(inner);
  const api = new window.JitsiMeetExternalAPI(options.domain, {
    roomName: options.room,
    parentNode: inner,
    width: "100%",
    height: "100%",
    lang: options.language,
    userInfo: { displayName: options.name },
    ...(options.jwt && { jwt: options.jwt }),
    ...(options.plain && { noSSL: true }),
    configOverwrite: { disableInviteFunctions: true, doNotStoreRoom: true },
  });
  const others = new Set();
  const count = () => tell({ other: others.size > 0 });
  api.addListener("videoConferenceJoined", () => tell({ in: true, other: others.size > 0 }));
  api.addListener("videoConferenceLeft", () => tell({ in: false, other: false }));
  api.addListener("participantJoined", ({ id }) => { others.add(id); count(); });
  api.addListener("participantLeft", ({ id }) => { others.delete(id); count(); });
  api.addListener("readyToClose", () => tell({ gone: true }));
  return { leave: () => api.dispose() };
}
