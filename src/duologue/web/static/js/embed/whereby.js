/* Whereby's room in a plain frame; it posts what happens to the page around it. */
const SILENT = 30_000; // a frame that shows anything but the room says nothing

export function open(stage, options, tell) {
  const { origin } = new URL(options.url);
  const frame = document.createElement("iframe");
  frame.allow = "camera; microphone; display-capture; autoplay; fullscreen";
  frame.title = "Whereby";
  frame.referrerPolicy = "strict-origin";
  let others = 0;
  const heard = {
    join: () => tell({ in: true, other: others > 0 }),
    participant_join: () => { others += 1; tell({ other: true }); },
    participant_leave: () => { others = Math.max(0, others - 1); tell({ other: others > 0 }); },
    leave: () => { others = 0; tell({ in: false, other: false, gone: true }); },
    meeting_end: () => tell({ in: false, other: false, gone: true }),
  };
  let waiting = setTimeout(() => {
    waiting = 0;
    tell({ failed: true });
  }, SILENT);
  function listen({ origin: from, source, data }) {
    if (from !== origin || source !== frame.contentWindow) return;
    if (!waiting) tell({ failed: false });
    clearTimeout(waiting);
    heard[data?.type]?.();
  }
  addEventListener("message", listen);
  frame.src = options.url;
  stage.append(frame);
  return { leave: () => { clearTimeout(waiting); removeEventListener("message", listen); frame.remove(); } };
}
