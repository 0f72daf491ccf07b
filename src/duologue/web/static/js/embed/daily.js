/* Daily's own page in a frame, by daily-js. */
export function open(stage, options, tell) {
  const call = window.DailyIframe.createFrame(stage, { showLeaveButton: true, showFullscreenButton: true, lang: "user" });
  const others = () => Object.keys(call.participants()).some((id) => id !== "local");
  const count = () => tell({ other: others() });
  call.on("joined-meeting", () => tell({ in: true, other: others() }));
  call.on("participant-joined", count);
  call.on("participant-left", count);
  call.on("left-meeting", () => tell({ in: false, other: false, gone: true }));
  call.on("error", () => tell({ in: false, other: false, failed: true }));
  call.join({ url: options.url, token: options.token }).catch(() => tell({ failed: true }));
  return { leave: () => call.destroy().catch(() => {}) };
}
