/* The built-in call: everything that moves is wired here. */
import { Chat } from "./chat.js";
import * as devices from "./devices.js";
import { Peer } from "./peer.js";
import { Ladder, Meter, STEPS } from "./quality.js";
import { Mailbox } from "./signaling.js";
import { later, now } from "./timing.js";
import * as view from "./view.js";
import { config, page, parts } from "./view.js";

const LEFT_FOR_SURE = 4000; // a reload says goodbye too, and is back before that
const SLOW_AFTER = 15_000;
const GONE_AFTER = 120;
const RENEW_AFTER = 25_000;
const SLEPT = 8000; // a second that took this long was no second
const HEARD_BY = 4000;
const SPEAKS = 0.012; // of full loudness, at their end
const AS_TOLD = new Set(["absent", "waiting", "door", "outside", "told"]);
const ENDS = { replaced: "moved", cancelled: "cancelled", expired: "closed", not_found: "gone" };

const mailbox = new Mailbox(config.path);

const state = {
  stage: "green", other: config.other, late: 0, offline: false, asking: true, problem: null, end: "",
  muted: false, video: false, hasMicrophone: false, hasCamera: false,
  theirMuted: false, theirVideo: true, silent: false, lostFor: 0, theyTry: false,
  mine: { camera: "", microphone: "" }, theirs: { camera: "", microphone: "" },
  line: "good", theirLine: "good", thin: false, theirThin: false, detail: null,
  sharing: false, showsMine: false, theirScreen: false, panel: "", unread: 0,
  startsIn: config.left.starts_in, endsIn: config.left.ends_in, startsAt: config.startsAt, endsAt: config.endsAt,
};
let stream = new MediaStream();
let peer = null;
let hushed = () => {};
let server = { left: config.left, at: now() };
let leaving = () => {};
let connectingSince = 0;
let lostSince = 0;
let openedAt = 0;
let heard = false;
let myScreen = null;
let meterOf = new Meter();
let ladder = new Ladder();
const loadedAt = Date.parse(document.documentElement.dataset.now) - now();
const chat = new Chat(parts.chatLog, {
  names: { mine: config.words.you, theirs: config.words.name },
  key: config.path,
  // The server's time, in the form in which the page tells hours.
  now: () => loadedAt + now(),
  hour12: /[^\d:.]/.test(config.endsAt),
});

function draw() {
  const gone = (now() - server.at) / 1000;
  state.startsIn = server.left.starts_in - gone;
  state.endsIn = server.left.ends_in - gone;
  state.lostFor = lostSince ? Math.round((now() - lostSince) / 1000) : 0;
  state.mine = { camera: cameraWord(), microphone: microphoneWord() };
  mailbox.devices = state.mine;
  view.draw(state);
}

function set(changes) {
  Object.assign(state, changes);
  draw();
}

/* My devices */

const trouble = (kind) => {
  const [what, why] = (state.problem ?? "").split("_");
  return what === kind || what === "both" ? why : "missing";
};

function cameraWord() {
  if (state.asking) return "";
  if (trackOf("video")) return "fine";
  return state.hasCamera ? "off" : trouble("camera");
}

/** Before some seconds have passed, nothing is claimed. */
function microphoneWord() {
  if (state.asking) return "";
  if (!trackOf("audio")) return trouble("microphone");
  if (state.muted) return "off";
  if (heard || !devices.canHear()) return "fine";
  return now() - openedAt > HEARD_BY ? "silent" : "";
}

const ofKind = (kind, tracks) => tracks.find((track) => track.kind === kind) ?? null;
const trackOf = (kind) => ofKind(kind, stream.getTracks());

function take(track, kind) {
  const old = trackOf(kind);
  if (old && old !== track) {
    old.stop();
    stream.removeTrack(old);
  }
  if (track) {
    stream.addTrack(track);
    track.addEventListener("ended", () => lostDevice(kind, track));
  }
  if (kind === "audio" && track) track.enabled = !state.muted;
  if (kind === "video") parts.mine.srcObject = track ? new MediaStream([track]) : null;
  peer?.use(kind, track, stream);
  if (kind === "video") tune();
}

/** Unplugged, or gone with the machine's sleep: another one serves, if there is any. */
async function lostDevice(kind, track) {
  if (trackOf(kind) !== track) return;
  take(null, kind);
  const found = await reopen(kind);
  if (!found && kind === "video") set({ video: false });
  else if (!found) set({ muted: true });
  meter();
  tellState();
}

async function openDevices() {
  set({ asking: true, problem: null });
  const { stream: opened, problem } = await devices.open();
  for (const kind of ["audio", "video"]) take(ofKind(kind, opened.getTracks()), kind);
  const hasCamera = Boolean(trackOf("video"));
  const hasMicrophone = Boolean(trackOf("audio"));
  set({ asking: false, problem, hasCamera, hasMicrophone, video: hasCamera, muted: !hasMicrophone });
  openedAt = now();
  await fillSelects();
  meter();
  return problem;
}

async function fillSelects() {
  const words = { none: config.words.none, standard: config.words.default_sound };
  const current = { videoinput: trackOf("video"), audioinput: trackOf("audio") };
  for (const select of page.querySelectorAll("[data-devices]")) {
    await devices.fill(select, words, current[select.dataset.devices]?.getSettings().deviceId);
  }
  const there = (kind) => !page.querySelector(`[data-devices="${kind}"]`).disabled;
  if (!state.asking) set({ hasCamera: there("videoinput"), hasMicrophone: there("audioinput") });
}

function meter() {
  hushed();
  const track = trackOf("audio");
  parts.level.parentElement.classList.toggle("quiet", !track);
  if (!track) return;
  const bars = devices.bars(parts.level);
  hushed = devices.listen(track, (level) => {
    bars(level);
    heard ||= level > devices.LOUD;
    view.speaks("me", level > devices.LOUD && state.stage === "in");
  });
}

async function reopen(kind) {
  const { track } = await devices.openOne(kind);
  if (track) take(track, kind);
  return Boolean(track);
}

page.addEventListener("change", async ({ target }) => {
  const kind = target.dataset?.devices;
  if (!kind) return;
  devices.choose(kind, target.value);
  if (kind === "audiooutput") devices.route(parts.theirs);
  else if (kind === "videoinput" && state.video) await reopen("video");
  else if (kind === "audioinput") {
    heard = false;
    openedAt = now();
    await reopen("audio");
    meter();
  }
});
navigator.mediaDevices?.addEventListener?.("devicechange", fillSelects);

view.on("mute", async () => {
  const muted = !state.muted;
  // A microphone that was unplugged and is back.
  if (!muted && !trackOf("audio") && !(await reopen("audio"))) return;
  const track = trackOf("audio");
  if (track) track.enabled = !muted;
  set({ muted });
  meter();
  tellState();
});

view.on("video", async () => {
  // The camera is given back, so that its light goes out.
  if (state.video) take(null, "video");
  else if (!(await reopen("video"))) return;
  set({ video: !state.video });
  tellState();
});

view.on("again", () => openDevices());
view.on("tone", () => devices.tone());
view.on("sound-only", () => {
  take(null, "video");
  set({ video: false });
  tellState();
  tryNow();
});

/* The other side */

function tellState() {
  const { muted, video, thin, line, sharing } = state;
  peer?.say({ state: { muted, video: video && !thin, thin, line, screen: sharing ? peer.nameOf("screen") : "" } });
}

function meet({ link, begin, servers }) {
  leaving();
  peer?.close();
  connectingSince = now();
  const mine = new Peer({ iceServers: servers, polite: config.polite, begin, post: (body) => mailbox.post(link, body) });
  peer = mine;
  meterOf = new Meter();
  ladder = new Ladder();
  Object.assign(state, { thin: false, theirScreen: false });
  mailbox.deliver = (body) => mine.receive(body);
  mine.addEventListener("state", ({ detail }) => { if (peer === mine) follow(detail); });
  mine.addEventListener("media", () => { if (peer === mine) show(mine); });
  mine.addEventListener("said", ({ detail }) => { if (!link.heard(detail) && peer === mine) hear(detail); });
  mine.addEventListener("channel", ({ detail: channel }) => {
    if (peer !== mine) return;
    if (!channel) {
      link.dropChannel();
      return mailbox.hurry();
    }
    link.useChannel(channel);
    tellState();
    for (const message of chat.again()) mine.say({ chat: message });
  });
  for (const kind of ["audio", "video"]) mine.use(kind, trackOf(kind), stream);
  if (myScreen) mine.use("screen", myScreen.getVideoTracks()[0], myScreen);
  // Somebody who was connected before stays on screen, grey, until the new connection stands.
  if (!lostSince) set({ other: "connecting" });
}

function follow(connection) {
  if (connection === "connected") {
    lostSince = 0;
    mailbox.connected = true;
    if (peer.channel) mailbox.link?.useChannel(peer.channel);
    set({ other: "connected" });
    mailbox.kick();
  } else if (connection === "lost") {
    lose();
    mailbox.link?.dropChannel();
  }
}

function lose() {
  // What was lost is looked for a while before everything begins anew.
  connectingSince = lostSince ||= now();
  mailbox.connected = false;
  set({ other: "lost" });
  mailbox.hurry();
}

function drop() {
  peer?.close();
  peer = null;
}

function part() {
  drop();
  if (mailbox.connected) lose();
}

function show({ person, screen }) {
  if (parts.theirs.srcObject !== person) parts.theirs.srcObject = person;
  if (state.theirScreen) parts.shared.srcObject = screen;
  devices.route(parts.theirs);
  // A browser may refuse sound until the page was touched: then there is a button for it.
  parts.theirs.play().catch((problem) => {
    if (problem.name !== "NotAllowedError") return;
    parts.theirs.muted = true;
    parts.theirs.play().catch(() => {});
    set({ silent: true });
  });
}

function hear(message) {
  if (message.state) learnTheirs(message.state);
  if (message.chat) chat.hear(message.chat);
  if (message.bye) {
    drop();
    gone();
    mailbox.hurry();
  }
}

function learnTheirs({ muted, video, thin, line, screen }) {
  if (peer) peer.theirScreen = typeof screen === "string" ? screen : "";
  const theirLine = line === "weak" || line === "poor" ? line : "good";
  set({ theirMuted: Boolean(muted), theirVideo: Boolean(video), theirThin: Boolean(thin), theirLine, theirScreen: Boolean(screen) });
  showScreen();
}

function gone() {
  leaving();
  lostSince = 0;
  mailbox.connected = false;
  set({ other: "left", theirMuted: false, theirVideo: true, theirThin: false, theirScreen: false });
}

/* The screen */

/** Theirs before mine; and never my whole screen, which would show itself without end. */
function showScreen() {
  const stream = state.theirScreen ? peer?.screen : state.showsMine ? myScreen : null;
  if (parts.shared.srcObject !== stream) parts.shared.srcObject = stream ?? null;
  if (stream) parts.shared.play().catch(() => {});
}

function setScreen(stream) {
  for (const track of myScreen?.getTracks() ?? []) track.stop();
  myScreen = stream;
  const track = stream?.getVideoTracks()[0] ?? null;
  if (track) {
    track.contentHint = "detail";
    track.addEventListener("ended", () => { if (myScreen === stream) setScreen(null); });
  }
  peer?.use("screen", track, stream);
  set({ sharing: Boolean(track), showsMine: Boolean(track) && track.getSettings().displaySurface !== "monitor" });
  tellState();
  showScreen();
}

async function share() {
  try {
    setScreen(await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15, max: 30 } } }));
  } catch { /* somebody thought better of it */ }
}

view.on("share", () => (state.sharing ? setScreen(null) : share()));

/* Chat, settings, windows */

function open(panel) {
  set({ panel, unread: panel === "chat" ? 0 : state.unread });
  if (panel === "chat") parts.chatText.focus();
}

for (const panel of ["chat", "settings"]) view.on(panel, () => open(state.panel === panel ? "" : panel));
page.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape" || !state.panel) return;
  const button = page.querySelector(`.control[data-act="${state.panel}"]`);
  open("");
  button.focus();
});
parts.chatWrite.addEventListener("submit", (event) => {
  event.preventDefault();
  const message = chat.write(parts.chatText.value);
  parts.chatText.value = "";
  if (message) peer?.say({ chat: message });
});
chat.addEventListener("news", ({ detail }) => {
  if (state.panel === "chat") return;
  set({ unread: state.unread + 1 });
  view.tell(`${config.words.name}: ${detail}`);
});

const quietly = (promise) => promise.catch(() => {}); // before there is a picture, browsers refuse
view.on("float", () => {
  const video = state.theirScreen ? parts.shared : parts.theirs;
  quietly(document.pictureInPictureElement ? document.exitPictureInPicture() : video.requestPictureInPicture());
});
view.on("full", () => quietly(document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));

/* How good the line is */

function tune() {
  if (ladder.step) peer?.tune("video", STEPS[ladder.step]);
}

const WORDS = ["good", "weak", "poor"];
let lastRank = 0;

async function measure() {
  const mine = peer;
  if (state.other !== "connected" || mine?.state !== "connected") return;
  const seen = meterOf.read(await mine.connection.getStats(), { hasPicture: state.video && !state.thin });
  if (peer !== mine) return;
  const rank = Math.max(WORDS.indexOf(seen.coming), WORDS.indexOf(seen.going));
  // One bad look may be chance.
  const line = WORDS[Math.min(rank, lastRank)];
  lastRank = rank;
  const before = ladder.step;
  if (state.video && ladder.look(seen.going) !== before) mine.tune("video", STEPS[ladder.step]);
  const thin = state.video && ladder.step === STEPS.length - 1;
  const isNews = thin !== state.thin || line !== state.line;
  set({ line, thin, detail: seen });
  if (isNews) tellState();
}

setInterval(() => view.speaks("other", state.other === "connected" && peer?.loudness > SPEAKS), 200);

let wasThere = false;
function announce(other) {
  const isThere = ["here", "told", "door"].includes(other);
  if (isThere && !wasThere && document.hidden) document.title = config.words.arrived_title;
  wasThere = isThere;
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = page.dataset.title; });

/** What the server knows of the other, where we do not know better. */
function learn({ other, asks, late, ...left }) {
  if (state.late !== late) set({ late });
  server = { left, at: now() };
  announce(other.state);
  if (asks !== asked) ask(`${config.path}/asks`);
  state.theirs = { camera: other.camera ?? "", microphone: other.microphone ?? "" };
  // Its page is there and has no picture either: it is on its way back.
  state.theyTry = other.state === "here" && !other.connected;
  if (peer?.state === "connected") return draw();
  const { state: theirs } = other;
  if (theirs === "left") return leftSoon(other.for);
  leaving();
  if (AS_TOLD.has(theirs)) {
    lostSince = 0;
    return set({ other: theirs });
  }
  if (theirs === "lost") return missing(other.for);
  if (state.stage === "green") return set({ other: "here" });
  return waitForConnection();
}

/** Silent, without a goodbye: first it may come back, then it is gone. */
function missing(seconds) {
  if (seconds > GONE_AFTER && state.other !== "absent") return gone();
  if (!lostSince && state.other !== "left") return set({ other: "absent" });
  return draw();
}

function leftSoon(seconds) {
  if (state.other === "left" || seconds * 1000 > LEFT_FOR_SURE || state.stage === "green") return gone();
  leaving();
  leaving = later(LEFT_FOR_SURE, gone);
  return draw();
}

/** No picture comes: say so, and in the end begin anew. */
function waitForConnection() {
  const waited = now() - (lostSince || connectingSince);
  if (!lostSince && peer) set({ other: waited > SLOW_AFTER ? "slow" : "connecting" });
  else draw();
  // Only one side, or both would miss each other again and again.
  if (!config.polite && peer && now() - connectingSince > RENEW_AFTER) tryNow();
}

function tryNow() {
  connectingSince = now();
  if (navigator.onLine) mailbox.renew();
}

/* What the host decides: forms from the server, anew with each decision */

let asked = "";

async function ask(path, how) {
  const answer = await fetch(path, { ...how, headers: { "HX-Request": "true" } }).catch(() => null);
  const mark = answer?.headers.get("Asks") ?? null;
  const forms = mark === null ? null : await answer.text().catch(() => null);
  // The same forms, asked for twice, are not replaced under a finger.
  if (forms === null || (!how && mark === asked)) return;
  parts.asks.innerHTML = forms;
  asked = mark;
}

parts.asks?.addEventListener("submit", (event) => {
  event.preventDefault();
  const { target: form, submitter } = event;
  const body = new FormData(form);
  body.set(submitter.name, submitter.value);
  ask(form.action, { method: "POST", body });
  mailbox.attend();
  parts.asks.focus();
});

/* Coming and going */

// Another window of this browser went in: it has the call now.
const windows = new BroadcastChannel(`duologue:${config.path}`);
windows.addEventListener("message", () => { if (state.stage === "in") finish("moved"); });

function enter() {
  // The same choice of devices serves in the middle of the call.
  parts.settingsBody.prepend(parts.setup);
  mailbox.entered = true;
  windows.postMessage("entered");
  set({ stage: "in", problem: null });
  performance.mark("call:entered");
  mailbox.kick();
}

function goOut(end) {
  const last = peer;
  peer = null;
  last?.say({ bye: true });
  // The goodbye has to get out before the connection closes.
  setTimeout(() => last?.close(), 500);
  mailbox.leave();
  finish(end);
}

function finish(end) {
  mailbox.stop();
  drop();
  hushed();
  for (const track of [...stream.getTracks(), ...(myScreen?.getTracks() ?? [])]) track.stop();
  stream = new MediaStream();
  chat.forget();
  if (document.pictureInPictureElement) quietly(document.exitPictureInPicture());
  set({ stage: "ended", end });
  parts.ended.querySelector("h1").focus();
}

view.on("join", enter);
view.on("leave", () => goOut("left"));
view.on("come-back", () => location.reload());
view.on("try-now", tryNow);
view.on("sound-on", () => {
  parts.theirs.muted = false;
  parts.theirs.play().then(() => set({ silent: false }));
});

mailbox.addEventListener("meet", ({ detail }) => meet(detail));
mailbox.addEventListener("part", part);
mailbox.addEventListener("news", ({ detail }) => learn(detail));
mailbox.addEventListener("closed", ({ detail: { code } }) => (code === "elsewhere" ? location.reload() : finish(ENDS[code] ?? "closed")));
mailbox.addEventListener("reach", ({ detail: reached }) => {
  // A server that cannot be asked is no trouble while the two of you are connected.
  const offline = !reached && !navigator.onLine;
  if (offline !== state.offline) set({ offline });
});

addEventListener("offline", () => set({ offline: true }));
/** Another network, or awake again: the old way may be dead. */
function lookForAWay() {
  peer?.restart();
  mailbox.hurry();
}

addEventListener("online", () => {
  set({ offline: false });
  lookForAWay();
});
// Phones say by what they are connected: leaving the house is noticed at once.
let { type } = navigator.connection ?? {};
navigator.connection?.addEventListener("change", () => {
  if (navigator.connection.type === type) return;
  ({ type } = navigator.connection);
  lookForAWay();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) mailbox.kick();
});
addEventListener("pagehide", () => {
  if (state.stage === "ended") return;
  mailbox.leave();
  peer?.close();
});
addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });

parts.theirs.addEventListener("loadeddata", () => {
  if (!performance.getEntriesByName("call:first-frame").length) performance.mark("call:first-frame");
});

/** For tests and curious people. */
page.callStatistics = async () => (peer ? [...(await peer.connection.getStats()).values()] : []);

let lastTick = Date.now();
let ticks = 0;

function tick() {
  // The wall's clock goes on while a machine sleeps.
  const slept = Date.now() - lastTick > SLEPT;
  lastTick = Date.now();
  if (slept && state.stage === "in") lookForAWay();
  if (ticks++ % 2) measure();
  draw();
  later(1000, tick);
}

async function begin() {
  draw();
  for (const button of parts.roomButtons.children) button.disabled = false;
  mailbox.start();
  const straightIn = await devices.allowedBefore();
  const problem = await openDevices();
  if (straightIn && !problem) enter();
  tick();
}

begin();
