/* Camera, microphone and sound of this browser: and what is wrong with them, in one word. */

const CHOICES = "duologue:devices";
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const VOICE = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const REASONS = { NotAllowedError: "blocked", SecurityError: "blocked", NotFoundError: "missing", OverconstrainedError: "missing" };

export function choices() {
  try { return JSON.parse(localStorage.getItem(CHOICES)) ?? {}; } catch { return {}; }
}

export function choose(kind, id) {
  try { localStorage.setItem(CHOICES, JSON.stringify({ ...choices(), [kind]: id })); } catch { /* then it is asked again */ }
}

// A mere wish for a device loses against the wish for a larger picture.
const ask = (id, rest) => (id ? { ...rest, deviceId: { exact: id } } : rest);
const any = (wish) => Object.fromEntries(Object.entries(wish).map(([kind, { deviceId: _, ...rest }]) => [kind, rest]));
export const pictureWish = () => ask(choices().videoinput, PICTURE);
export const voiceWish = () => ask(choices().audioinput, VOICE);

async function permission(name) {
  try { return (await navigator.permissions.query({ name })).state; } catch { return "unknown"; }
}

/** Whether the browser gives both without asking: then nobody needs the green room. */
export async function allowedBefore() {
  if (!navigator.mediaDevices) return false;
  const states = await Promise.all([permission("camera"), permission("microphone")]);
  return states.every((state) => state === "granted");
}

const reason = (problem) => REASONS[problem.name] ?? "busy";

async function attempt(wish, rest = any(wish)) {
  try {
    return { stream: await navigator.mediaDevices.getUserMedia(wish) };
  } catch (problem) {
    // What was chosen some day is not plugged in now: any other serves.
    if (problem.name === "OverconstrainedError" && wish !== rest) return attempt(rest, rest);
    return { reason: reason(problem) };
  }
}

/** Opens what can be opened. `problem` is null, "insecure", or such as "camera_blocked", "both_missing". */
export async function open() {
  if (!navigator.mediaDevices?.getUserMedia) return { stream: new MediaStream(), problem: "insecure" };
  const both = await attempt({ video: pictureWish(), audio: voiceWish() });
  if (both.stream) return { stream: both.stream, problem: null };
  const [camera, microphone] = await Promise.all([permission("camera"), permission("microphone")]);
  // Refused in one question: asking again for each would be a nuisance.
  const refused = both.reason === "blocked" && camera === microphone && camera !== "unknown";
  const voice = refused || microphone === "denied" ? {} : await attempt({ audio: voiceWish() });
  if (voice.stream) return { stream: voice.stream, problem: `camera_${both.reason}` };
  const picture = refused || camera === "denied" ? {} : await attempt({ video: pictureWish() });
  if (picture.stream) return { stream: picture.stream, problem: `microphone_${voice.reason ?? both.reason}` };
  return { stream: new MediaStream(), problem: `both_${both.reason}` };
}

/** One track of a kind ("video" or "audio"), or null with what is wrong. */
export async function openOne(kind) {
  if (!navigator.mediaDevices?.getUserMedia) return { track: null, reason: "insecure" };
  const found = await attempt(kind === "video" ? { video: pictureWish() } : { audio: voiceWish() });
  return { track: found.stream?.getTracks()[0] ?? null, reason: found.reason ?? null };
}

export async function list(kind) {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((device) => device.kind === kind && device.deviceId);
}

/** Fills a select with the devices of its kind. */
export async function fill(select, { none, standard }, current) {
  const kind = select.dataset.devices;
  const found = await list(kind);
  const options = found.map((device, index) => new Option(device.label || `${select.dataset.word} ${index + 1}`, device.deviceId));
  if (!options.length) options.push(new Option(kind === "audiooutput" ? standard : none, ""));
  select.replaceChildren(...options);
  select.disabled = !found.length;
  const wanted = current ?? choices()[kind];
  if (found.some((device) => device.deviceId === wanted)) select.value = wanted;
}

let context = null;
const wake = () => context?.resume().catch(() => {});
// Not every browser measures before a touch, or again after a phone call.
addEventListener("click", wake);

function sounds() {
  context ??= new AudioContext();
  wake();
  return context;
}

/** Calls `draw` with a level from 0 to 1 until the answer is called. Pages that are not seen draw nothing. */
export function listen(track, draw) {
  const audio = sounds();
  const source = audio.createMediaStreamSource(new MediaStream([track]));
  const analyser = new AnalyserNode(audio, { fftSize: 512 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let running = true;
  let shown = 0;
  const look = () => {
    if (!running) return;
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    // From -60 dB, a quiet room, to -10 dB, somebody who speaks up.
    const level = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-9) + 60) / 50));
    shown = Math.max(level, shown * 0.9);
    draw(shown);
    requestAnimationFrame(look);
  };
  look();
  return () => {
    running = false;
    source.disconnect();
  };
}

export const canHear = () => context?.state === "running";

export function bars(row) {
  const lights = [...row.children];
  return (level) => lights.forEach((light, index) => light.classList.toggle("on", index < Math.round(level * lights.length)));
}

/** Above this somebody speaks, and the microphone is no silent one. */
export const LOUD = 0.35;

/** Two friendly notes on the chosen loudspeaker. */
export async function tone() {
  const audio = sounds();
  const sink = choices().audiooutput;
  if (sink && audio.setSinkId) await audio.setSinkId(sink).catch(() => {});
  for (const [start, frequency] of [[0.05, 523], [0.33, 659]]) {
    const at = audio.currentTime + start;
    const note = new OscillatorNode(audio, { frequency });
    const volume = new GainNode(audio, { gain: 0.25 });
    volume.gain.setTargetAtTime(0, at, 0.12);
    note.connect(volume).connect(audio.destination);
    note.start(at);
    note.stop(at + 0.6);
  }
}

/** Plays an element's sound where the person chose to hear it. */
export function route(element) {
  const sink = choices().audiooutput;
  if (sink && element.setSinkId) element.setSinkId(sink).catch(() => {});
}
