/* The built-in call: green room, the two of you, coming and going. Everything that moves is wired here. */
import * as devices from "./devices.js";
import { Peer } from "./peer.js";
import { Mailbox } from "./signaling.js";
import { later } from "./timing.js";
import { View } from "./view.js";

const LEFT_FOR_SURE = 4000; // a reload says goodbye too, and is back before that
const SLOW_AFTER = 15_000;
const GONE_AFTER = 120;
const RENEW_AFTER = 25_000;
const ENDS = { replaced: "moved", cancelled: "cancelled", expired: "closed", not_found: "gone" };

const config = JSON.parse(document.querySelector("#call-config").textContent);
const page = document.querySelector("[data-call]");
const view = new View(page, config.words);
const { parts } = view;
const mailbox = new Mailbox(config.path);

const state = {
  stage: "green", other: "absent", offline: false, asking: true, problem: null, end: "",
  muted: false, video: false, hasMicrophone: false, hasCamera: false,
  theirMuted: false, theirVideo: true, silent: false, lostFor: 0,
  startsIn: config.left.starts_in, endsIn: config.left.ends_in, startsAt: config.startsAt, endsAt: config.endsAt,
};
let stream = new MediaStream();
let peer = null;
let hushed = () => {};
let server = { left: config.left, at: performance.now() };
let leaving = () => {};
let connectingSince = 0;
let lostSince = 0;

function draw() {
  const gone = (performance.now() - server.at) / 1000;
  state.startsIn = server.left.starts_in - gone;
  state.endsIn = server.left.ends_in - gone;
  state.lostFor = lostSince ? Math.round((performance.now() - lostSince) / 1000) : 0;
  view.draw(state);
}

function set(changes) {
  Object.assign(state, changes);
  draw();
}

/* My devices */

const trackOf = (kind) => stream.getTracks().find((track) => track.kind === kind) ?? null;

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
}

function lostDevice(kind, track) {
  if (trackOf(kind) !== track) return;
  take(null, kind);
  if (kind === "video") set({ video: false });
  else set({ muted: true });
  tellState();
}

async function openDevices() {
  set({ asking: true, problem: null });
  const { stream: opened, problem } = await devices.open();
  for (const kind of ["audio", "video"]) take(opened.getTracks().find((track) => track.kind === kind) ?? null, kind);
  const hasCamera = Boolean(trackOf("video"));
  const hasMicrophone = Boolean(trackOf("audio"));
  set({ asking: false, problem, hasCamera, hasMicrophone, video: hasCamera, muted: !hasMicrophone });
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
}

function meter() {
  hushed();
  const track = trackOf("audio");
  parts.level.parentElement.classList.toggle("quiet", !track);
  if (!track || state.stage !== "green") return;
  hushed = devices.listen(track, devices.bars(parts.level));
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
  peer?.say({ state: { muted: state.muted, video: state.video } });
}

function meet(link, begin) {
  leaving();
  peer?.close();
  connectingSince = performance.now();
  const mine = new Peer({ iceServers: config.iceServers, polite: config.polite, begin, post: (body) => mailbox.post(link, body) });
  peer = mine;
  mailbox.deliver = (body) => mine.receive(body);
  mine.addEventListener("state", ({ detail }) => { if (peer === mine) follow(detail); });
  mine.addEventListener("media", ({ detail }) => { if (peer === mine) show(detail); });
  mine.addEventListener("said", ({ detail }) => { if (!link.heard(detail) && peer === mine) hear(detail); });
  mine.addEventListener("channel", ({ detail: channel }) => {
    if (peer !== mine) return;
    if (channel) {
      link.useChannel(channel);
      tellState();
    } else {
      link.dropChannel();
      mailbox.hurry();
    }
  });
  for (const kind of ["audio", "video"]) mine.use(kind, trackOf(kind), stream);
  // Somebody who was connected before stays on screen, grey, until the new connection stands.
  if (!lostSince) set({ other: "connecting" });
}

function follow(connection) {
  if (connection === "connected") {
    lostSince = 0;
    mailbox.connected = true;
    set({ other: "connected" });
    mailbox.kick();
  } else if (connection === "lost") {
    lose();
    mailbox.link?.dropChannel();
  }
}

function lose() {
  lostSince ||= performance.now();
  mailbox.connected = false;
  set({ other: "lost" });
  mailbox.hurry();
}

function part() {
  peer?.close();
  peer = null;
  if (mailbox.connected) lose();
}

function show(media) {
  if (parts.theirs.srcObject !== media) parts.theirs.srcObject = media;
  devices.route(parts.theirs);
  // A browser may refuse sound until somebody touched the page: then the picture comes without it, and a button.
  parts.theirs.play().catch((problem) => {
    if (problem.name !== "NotAllowedError") return;
    parts.theirs.muted = true;
    parts.theirs.play().catch(() => {});
    set({ silent: true });
  });
}

function hear(message) {
  if (message.state) set({ theirMuted: Boolean(message.state.muted), theirVideo: Boolean(message.state.video) });
  if (message.bye) {
    peer?.close();
    peer = null;
    gone();
    mailbox.hurry();
  }
}

function gone() {
  leaving();
  lostSince = 0;
  mailbox.connected = false;
  set({ other: "left", theirMuted: false, theirVideo: true });
}

const arrived = { green: false };
function announce(other) {
  const here = other === "here" || other === "connected";
  if (here && !arrived.green && document.hidden) document.title = config.words.arrived_title;
  arrived.green = here;
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) document.title = page.dataset.title; });

/** What the server knows of the other, where no connection of ours knows it better. */
function learn({ other, knocks, ...left }) {
  server = { left, at: performance.now() };
  announce(other.state);
  knock(knocks);
  if (parts.longer) parts.longer.hidden = left.closes_in > 15 * 60;
  if (peer?.state === "connected") return draw();
  const { state: theirs } = other;
  if (theirs === "left") return leftSoon(other.for);
  leaving();
  if (theirs === "absent" || theirs === "waiting") {
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

/** Both are in the room and no picture comes: say so, and in the end begin anew. */
function waitForConnection() {
  const waited = performance.now() - (lostSince || connectingSince);
  if (!lostSince && peer) set({ other: waited > SLOW_AFTER ? "slow" : "connecting" });
  else draw();
  // Only one side begins anew, or both would miss each other again and again.
  if (!config.polite && peer && performance.now() - connectingSince > RENEW_AFTER) tryNow();
}

function tryNow() {
  connectingSince = performance.now();
  if (navigator.onLine) mailbox.renew();
}

/* Devices that knock, for the host */

function knock(ids) {
  if (!parts.knock) return;
  parts.knock.hidden = !ids.length;
  if (ids.length) parts.knock.dataset.device = ids[0];
}

async function send(form, path, values = {}) {
  const body = new FormData(form);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  await fetch(path, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => {});
  mailbox.kick();
}

function decide(decision) {
  const { device } = parts.knock.dataset;
  parts.knock.hidden = true;
  send(parts.knock, `${config.path}/devices/${device}`, { decision });
  if (decision === "admit") mailbox.attend();
}
view.on("admit", () => decide("admit"));
view.on("refuse", () => decide("refuse"));
view.on("longer", () => {
  parts.longer.hidden = true;
  send(parts.longer, `${config.path}/longer`);
});

/* Coming and going */

// Another window of this browser went in: it has the call now, and nobody need wait for a heartbeat to notice.
const windows = new BroadcastChannel(`duologue:${config.path}`);
windows.addEventListener("message", () => { if (state.stage === "in") finish("moved"); });

function enter() {
  hushed();
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
  peer?.close();
  peer = null;
  hushed();
  for (const track of stream.getTracks()) track.stop();
  stream = new MediaStream();
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

mailbox.addEventListener("meet", ({ detail: { link, begin } }) => meet(link, begin));
mailbox.addEventListener("part", part);
mailbox.addEventListener("news", ({ detail }) => learn(detail));
mailbox.addEventListener("closed", ({ detail: { code } }) => finish(ENDS[code] ?? "closed"));
mailbox.addEventListener("reach", ({ detail: reached }) => {
  // A server that cannot be asked is no trouble while the two of you are connected.
  const offline = !reached && !navigator.onLine;
  if (offline !== state.offline) set({ offline });
});

addEventListener("offline", () => set({ offline: true }));
addEventListener("online", () => {
  set({ offline: false });
  peer?.restart();
  mailbox.hurry();
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

/** What tests and curious people may ask of a running call. */
page.callStatistics = async () => (peer ? [...(await peer.connection.getStats()).values()] : []);

function tick() {
  draw();
  later(1000, tick);
}

async function begin() {
  draw();
  mailbox.start();
  const straightIn = await devices.allowedBefore();
  const problem = await openDevices();
  if (straightIn && !problem) enter();
  tick();
}

begin();
