/* Test camera and sound: three checks, each with a word, a sentence and a sign; and what follows from them. */
import * as devices from "./devices.js";

const { words } = JSON.parse(document.querySelector("#test-config").textContent);
const page = document.querySelector("[data-test]");
const parts = Object.fromEntries([...page.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
const LOUD = 0.35; // of the meter: somebody speaks

let stream = new MediaStream();
let hushed = () => {};
const verdict = { camera: "", microphone: "", sound: "" };

function check(name, kind, result, sentence) {
  const row = page.querySelector(`[data-check="${name}"]`);
  row.className = kind;
  row.querySelector(".result").textContent = result;
  (row.querySelector("[data-words]") ?? row.querySelector("p")).textContent = sentence;
  verdict[name] = kind;
  conclude();
}

function conclude() {
  const { camera, microphone, sound } = verdict;
  const all = [camera, microphone, sound];
  parts.verdict.hidden = all.includes("");
  const sentence = all.every((kind) => kind === "ok") ? words.all_well : camera !== "ok" && microphone === "ok" ? words.sound_only : words.look_above;
  parts.verdict.querySelector("p").textContent = sentence;
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
    if (heard || level < LOUD) return;
    heard = true;
    check("microphone", "ok", words.works, words.heard_you);
  });
  return undefined;
}

async function test() {
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

button("again").addEventListener("click", test);
button("tone").addEventListener("click", async () => {
  await devices.tone();
  for (const act of ["heard", "unheard"]) button(act).hidden = false;
});
button("heard").addEventListener("click", () => check("sound", "ok", words.works, words.heard));
button("unheard").addEventListener("click", () => check("sound", "weak", words.not_heard, words.check_sound));
addEventListener("pagehide", stop);

test();
