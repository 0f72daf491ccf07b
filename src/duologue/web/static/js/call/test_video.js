/* Test camera, sound and connection: checks, each with a word, a sentence and a sign; and what follows from them. */
import * as devices from "./devices.js";
import * as line from "./test_line.js";

const HEARD_BY = 6000;
const { words } = JSON.parse(document.querySelector("#test-config").textContent);
const page = document.querySelector("[data-test]");
const parts = Object.fromEntries([...page.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));

let stream = new MediaStream();
let hushed = () => {};
let round = 0;
const verdict = { camera: "", microphone: "", sound: "", line: "", way: "", browser: "" };

function check(name, kind, result, sentence) {
  const row = page.querySelector(`[data-check="${name}"]`);
  row.className = kind;
  row.querySelector(".result").textContent = result;
  (row.querySelector("[data-words]") ?? row.querySelector("p")).textContent = sentence;
  verdict[name] = kind;
  conclude();
}

/** The plainest sentence that is true; the tone may be left for later, all else has to be known. */
function sentence({ camera, microphone, sound, ...rest }) {
  const network = Object.values(rest);
  if (network.includes("bad")) return words.no_call;
  if (microphone !== "ok") return camera === "ok" ? words.picture_only : words.look_above;
  if (camera !== "ok") return words.sound_only;
  if (sound === "weak") return words.look_above;
  if (network.includes("weak")) return words.small_picture;
  return sound === "ok" ? words.all_well : words.tone_left;
}

function conclude() {
  const { sound, ...others } = verdict;
  parts.verdict.hidden = Object.values(others).includes("");
  if (!parts.verdict.hidden) parts.verdict.querySelector("p").textContent = sentence(verdict);
}

const button = (act) => page.querySelector(`[data-act="${act}"]`);

function stop() {
  hushed();
  for (const track of stream.getTracks()) track.stop();
}

function showCamera(track, problem) {
  parts.tile.classList.toggle("no-picture", !track);
  parts.plate.hidden = !track;
  parts.mine.srcObject = track ? new MediaStream([track]) : null;
  if (!track) return check("camera", "bad", words[problem.split("_").at(-1)] ?? words.blocked, words[problem.replace("both", "camera")] ?? words[problem]);
  const { width, height } = track.getSettings();
  return check("camera", "ok", words.works, `${track.label}, ${width} × ${height}`);
}

function showMicrophone(track, problem) {
  parts.level.hidden = !track;
  if (!track) return check("microphone", "bad", words[problem.split("_").at(-1)] ?? words.blocked, words[problem.replace("both", "microphone")] ?? words[problem]);
  check("microphone", "", words.silent, words.say);
  const light = devices.bars(parts.level);
  let heard = false;
  hushed = devices.listen(track, (level) => {
    light(level);
    if (heard || level < devices.LOUD) return;
    heard = true;
    check("microphone", "ok", words.works, words.heard_you);
  });
  const mine = round;
  const look = () => {
    if (heard || mine !== round) return;
    if (devices.canHear()) return check("microphone", "weak", words.silent, words.silent_more);
    // Nothing is measured yet, so nothing is claimed.
    check("microphone", "ok", words.works, words.unmeasured);
    setTimeout(look, HEARD_BY);
  };
  setTimeout(look, HEARD_BY);
  return undefined;
}

/* Browser, line and way through */

function showBrowser() {
  const can = globalThis.RTCPeerConnection && globalThis.RTCDataChannel && navigator.mediaDevices?.getUserMedia && globalThis.Worker;
  if (!can) return check("browser", "bad", words.browser_old, isSecureContext ? words.browser_old_more : words.insecure);
  return check("browser", "ok", words.works, navigator.mediaDevices.getDisplayMedia ? words.browser_ok_more : words.browser_no_screen);
}

async function showLine() {
  try {
    const found = await line.speed("/test-video/packet");
    const result = line.judge(found);
    // Beyond a hundred nobody cares, and so short a look would not know.
    const round = (value) => (value < 10 ? value.toFixed(1) : Math.min(Math.round(value), 100));
    const figures = words.line_figures.replace("{down}", round(found.down)).replace("{up}", round(found.up)).replace("{ms}", Math.round(found.rtt));
    const [short, more] = { ok: [words.works, words.line_ok], weak: [words.line_slow, words.line_slow_more], bad: [words.line_bad, words.line_bad_more] }[result];
    // Sound gets through a line on which no picture would.
    check("line", result === "bad" ? "weak" : result, short, `${figures} ${more}`);
  } catch {
    check("line", "weak", words.line_unknown, words.line_unknown_more);
  }
}

async function showWay() {
  try {
    const answer = await fetch("/test-video/servers", { cache: "no-store" });
    if (!answer.ok) throw new Error(`The server says ${answer.status}.`);
    const { iceServers } = await answer.json();
    const found = line.way(iceServers, iceServers.length ? await line.kinds(iceServers) : new Set());
    const servers = [...new Set(iceServers.flatMap(({ urls }) => urls))].join(", ");
    const [kind, short, more] = {
      own: ["ok", words.way_own, words.way_own_more],
      direct: ["ok", words.way_direct, words.way_direct_more],
      direct_only: ["weak", words.way_direct, words.way_direct_only],
      relay: ["ok", words.way_relay, words.way_relay_more],
      none: ["bad", words.way_none, words.way_none_more],
    }[found];
    check("way", kind, short, more.replace("{servers}", servers));
  } catch {
    check("way", "weak", words.line_unknown, words.line_unknown_more);
  }
}

async function testNetwork() {
  for (const name of ["line", "way"]) check(name, "", words.testing, words.measuring);
  showBrowser();
  if (verdict.browser === "bad") return;
  await showWay();
  await showLine();
}

async function test() {
  round += 1;
  stop();
  check("camera", "", words.testing, words.asking);
  check("microphone", "", words.testing, words.asking);
  check("sound", "", words.not_tried, words.listen);
  for (const act of ["heard", "unheard"]) button(act).hidden = true;
  const { stream: opened, problem } = await devices.open();
  stream = opened;
  const [camera] = stream.getVideoTracks();
  const [microphone] = stream.getAudioTracks();
  showCamera(camera, problem);
  showMicrophone(microphone, problem);
  const current = { videoinput: camera, audioinput: microphone };
  for (const select of page.querySelectorAll("[data-devices]")) {
    await devices.fill(select, { none: words.none, standard: words.default_sound }, current[select.dataset.devices]?.getSettings().deviceId);
  }
}

page.addEventListener("change", ({ target }) => {
  const kind = target.dataset?.devices;
  if (!kind) return;
  devices.choose(kind, target.value);
  if (kind !== "audiooutput") test();
});

button("again").addEventListener("click", () => {
  test();
  testNetwork();
});
button("tone").addEventListener("click", async () => {
  await devices.tone();
  for (const act of ["heard", "unheard"]) button(act).hidden = false;
});
button("heard").addEventListener("click", () => check("sound", "ok", words.works, words.heard));
button("unheard").addEventListener("click", () => check("sound", "weak", words.not_heard, words.check_sound));
addEventListener("pagehide", stop);

test();
testNetwork();
