/* Would a call get through from here, and how much fits? What STUN and TURN answer, and how fast our server is reached. */

const GATHER_AT_MOST = 8000;
const FIRST = 32 * 1024;
const FULL = 512 * 1024;
const QUICK = 1500; // ms for the first packet: a line this slow is not burdened with a large one

/** The kinds of candidates that this network allows: "host", "srflx" (STUN answered), "relay" (TURN did). */
export async function kinds(iceServers) {
  const connection = new RTCPeerConnection({ iceServers });
  const found = new Set();
  const over = new Promise((resolve) => {
    const isEnough = () => found.has("srflx") && found.has("relay");
    connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.type) found.add(candidate.type);
      if (!candidate || isEnough()) resolve();
    });
    setTimeout(resolve, GATHER_AT_MOST);
  });
  connection.createDataChannel("test");
  await connection.setLocalDescription();
  await over;
  connection.close();
  return found;
}

/** "own" (no servers are named), "direct", "direct_only" (no relay), "relay" or "none". */
export function way(iceServers, found) {
  if (!iceServers.length) return "own";
  const hasRelay = iceServers.some(({ username }) => username);
  const isDirect = found.has("srflx") || found.has("prflx");
  // A relay that answers over UDP tells the own address as STUN does; one over TCP alone does not.
  if (found.has("relay")) return isDirect ? "direct" : "relay";
  if (isDirect) return hasRelay ? "direct_only" : "direct";
  return "none";
}

async function timed(path, options) {
  const began = performance.now();
  const answer = await fetch(path, { cache: "no-store", ...options });
  if (!answer.ok) throw new Error(`The server says ${answer.status}.`);
  await answer.arrayBuffer();
  return performance.now() - began;
}

/** Mbit/s down and up, and the way there and back in ms. */
export async function speed(path) {
  const pings = [];
  for (let n = 0; n < 4; n += 1) pings.push(await timed(`${path}?size=0`));
  const rtt = Math.min(...pings);
  const rate = async (send) => {
    let size = FIRST;
    let took = await send(size);
    if (took < QUICK) {
      size = FULL;
      took = await send(size);
    }
    return (size * 8) / 1000 / Math.max(took - rtt, 1);
  };
  const down = await rate((size) => timed(`${path}?size=${size}`));
  const up = await rate((size) => timed(path, { method: "POST", body: new Uint8Array(size) }));
  return { down, up, rtt };
}

/** "ok", "weak" or "bad" for a call. */
export function judge({ down, up, rtt }) {
  if (Math.min(down, up) < 0.3 || rtt > 1000) return "bad";
  return Math.min(down, up) < 1.2 || rtt > 300 ? "weak" : "ok";
}
