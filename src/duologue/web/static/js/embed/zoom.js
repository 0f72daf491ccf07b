/* Zoom by its Meeting SDK, component view: it draws into the stage. */
export async function open(stage, options, tell) {
  const root = document.createElement("div");
  root.className = "whole";
  stage.append(root);
  const client = window.ZoomMtgEmbedded.createClient();
  const others = () => client.getAttendeeslist().length > 1;
  const count = () => tell({ other: others() });
  client.on("connection-change", ({ state }) => {
    if (state === "Connected") tell({ in: true, other: others() });
    else if (state === "Closed") tell({ in: false, other: false, gone: true });
    else if (state === "Fail") tell({ in: false, other: false, failed: true });
  });
  client.on("user-added", count);
  client.on("user-removed", count);
  await client.init({ zoomAppRoot: root, language: options.language, patchJsMedia: true });
  await client.join({
    signature: options.signature,
    meetingNumber: options.meeting,
    password: options.passcode,
    userName: options.name,
    ...(options.zak && { zak: options.zak }),
  });
  return { leave: () => client.leaveMeeting().catch(() => {}) };
}
