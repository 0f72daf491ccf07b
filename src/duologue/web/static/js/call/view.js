/* What the call page shows: one function draws everything from one state, so that nothing is left over. */

const sprite = document.querySelector("[data-sprite]")?.dataset.sprite ?? "";

export function say(template, values = {}) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function icon(element, name) {
  element.querySelector("use")?.setAttribute("href", `${sprite}#${name}`);
}

function text(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

/** The words in an element that holds an icon too. */
const label = (element, words) => text(element.querySelector("span"), words);

export const config = JSON.parse(document.querySelector("#call-config").textContent);
export const page = document.querySelector("[data-call]");
export const parts = Object.fromEntries([...page.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
const { words } = config;
const loud = {};
let spoken = "";

export function on(act, action) {
  page.addEventListener("click", (event) => {
    const button = event.target.closest(`[data-act="${act}"]`);
    if (button && !button.disabled) action(button);
  });
}

/** Who speaks stays marked over the rests between words. */
export function speaks(who, isLoud) {
  const now = performance.now();
  if (isLoud) loud[who] = now;
  parts[who].classList.toggle("speaking", now - (loud[who] ?? -Infinity) < 700);
}

/** For who does not see the page. */
export function tell(words) { text(parts.told, words); }

export function draw(state) {
  const ended = state.stage === "ended";
  parts.stage.hidden = ended;
  parts.ended.hidden = !ended;
  parts.controls.hidden = state.stage !== "in";
  if (ended) drawEnd(state);
  else {
    drawMe(state);
    drawOther(state);
    drawScreen(state);
    drawPanels(state);
    drawButtons(state);
    drawProblem(state);
  }
  drawBar(state);
  speak(state);
}

function drawMe({ stage, video, muted, thin, sharing }) {
  parts.me.classList.toggle("no-picture", !video);
  parts.myControls.hidden = stage !== "green";
  icon(parts.myPlate, "mic-off");
  parts.myPlate.querySelector(".icon").toggleAttribute("hidden", !muted);
  const name = stage === "green" && video ? words.you_look : muted ? words.you_muted : thin ? words.you_thin : sharing ? words.you_share : words.you;
  label(parts.myPlate, name);
}

function drawOther(state) {
  const meets = state.stage === "in" && (state.other === "connected" || state.other === "lost");
  const lost = meets && (state.other === "lost" || state.offline);
  parts.other.classList.toggle("absent", !meets);
  parts.other.classList.toggle("lost", lost);
  parts.other.classList.toggle("no-picture", meets && !state.theirVideo);
  parts.theirs.hidden = !meets;
  parts.roomWords.hidden = meets;
  parts.theirPlate.hidden = !meets;
  parts.between.hidden = !lost;
  parts.soundOn.hidden = !(meets && state.silent);
  if (meets) {
    icon(parts.theirPlate, lost ? "signal" : "mic-off");
    parts.theirPlate.querySelector(".icon").toggleAttribute("hidden", !lost && !state.theirMuted);
    label(parts.theirPlate, lost ? words.lost_plate : state.theirMuted ? words.other_muted : state.theirThin ? words.other_thin : words.other_plate);
  }
  if (lost) {
    text(parts.between.querySelector("h2"), state.offline ? words.offline : state.theyTry ? words.trying_too : words.lost);
    text(parts.between.querySelector("p"), state.offline ? words.offline_more : say(state.lostFor < 2 ? words.lost_now : words.lost_more, { seconds: state.lostFor }));
    parts.soundOnly.hidden = state.offline || !state.video;
  } else if (!meets) drawRoomWords(state);
}

/** What works and what not, of both, before they meet. */
function drawResults({ mine, theirs, other, asking }) {
  const known = !asking && ["waiting", "door", "here"].includes(other);
  const [me, them] = parts.results.children;
  const line = (element, template, { camera, microphone }) => {
    element.hidden = !camera || !microphone;
    const is = (kind, state) => words[`${kind}_is_${state}`];
    text(element, say(template, { camera: is("camera", camera), microphone: is("microphone", microphone) }));
  };
  line(me, words.result_mine, mine);
  line(them, words.result_theirs, known ? theirs : {});
}

function drawScreen({ stage, other, offline, theirScreen, showsMine }) {
  const shows = stage === "in" && other === "connected" && !offline && (theirScreen || showsMine);
  parts.screen.hidden = !shows;
  parts.tiles.classList.toggle("sharing", shows);
  label(parts.screenPlate, theirScreen ? words.their_screen : words.my_screen);
}

function drawPanels({ stage, panel, unread, detail }) {
  for (const name of ["chat", "settings"]) {
    parts[name].hidden = stage !== "in" || panel !== name;
    page.querySelector(`.control[data-act="${name}"]`).setAttribute("aria-expanded", String(panel === name));
  }
  parts.unread.hidden = !unread;
  text(parts.unread, String(unread));
  parts.detail.hidden = !detail;
  if (!detail) return;
  const way = detail.isRelayed ? words.by_relay : words.direct;
  text(parts.detail, say(words.line_detail, { way, ms: Math.round(detail.rtt * 1000), lost: Math.round(detail.here * 100) }));
}

function drawRoomWords(state) {
  const { stage, other, late, offline, asking } = state;
  const green = stage === "green";
  const both = (title, more) => [words[title], words[more]];
  const staged = (name) => (green ? both(name, `${name}_green`) : both(`${name}_now`, `${name}_in`));
  const alone = (name) => (late ? [staged(name)[0], say(words.absent_late, { minutes: late })] : staged(name));
  const said = {
    absent: alone("absent"),
    outside: alone("outside"),
    told: staged("told"),
    door: staged("door"),
    waiting: both("waiting", "waiting_more"),
    here: both("here", green ? "here_green" : "connecting_more"),
    connecting: both("connecting", "connecting_more"),
    slow: both("slow", "slow_more"),
    left: both("left", "left_more"),
  };
  const [title, more] = offline ? both("offline", "offline_more") : asking ? both("asking", "asking_more") : said[other] ?? said.absent;
  text(parts.roomWords.querySelector("h2"), title);
  text(parts.roomWords.querySelector(".lead"), more);
  drawResults(state);
  parts.roomButtons.hidden = !green;
  parts.tryNow.hidden = !(stage === "in" && other === "slow");
}

function drawButtons({ muted, video, hasMicrophone, hasCamera, sharing }) {
  const share = page.querySelector('[data-act="share"]');
  share.hidden = !navigator.mediaDevices?.getDisplayMedia;
  share.setAttribute("aria-pressed", String(sharing));
  text(share.querySelector(".word"), sharing ? words.stop_share : words.share);
  text(share.querySelector(".word-narrow"), sharing ? words.stop : words.share_short);
  parts.float.hidden = !document.pictureInPictureEnabled;
  parts.full.hidden = !document.fullscreenEnabled;
  for (const button of page.querySelectorAll('[data-act="mute"]')) {
    button.setAttribute("aria-pressed", String(muted && hasMicrophone));
    button.disabled = !hasMicrophone;
    icon(button, muted ? "mic-off" : "mic");
    text(button.querySelector("span"), muted ? words.unmute : words.mute);
  }
  for (const button of page.querySelectorAll('[data-act="video"]')) {
    button.setAttribute("aria-pressed", String(!video && hasCamera));
    button.disabled = !hasCamera;
    icon(button, video ? "video" : "video-off");
    text(button.querySelector(".word"), video ? words.stop_video : words.start_video);
    text(button.querySelector(".word-narrow"), video ? words.stop : words.start);
  }
}

function drawProblem({ problem, stage }) {
  parts.problem.hidden = !problem || stage !== "green";
  if (problem) text(parts.problem.querySelector("p"), words[problem]);
}

function drawBar({ stage, other, offline, startsIn, endsIn, startsAt, endsAt, line, theirLine, thin }) {
  const minutes = Math.max(1, Math.ceil((startsIn > 0 ? startsIn : endsIn) / 60));
  const kind = startsIn > 0 ? "starts_in" : endsIn > 0 ? "minutes_left" : "over";
  const values = { minutes, time: startsIn > 0 ? startsAt : endsAt };
  text(parts.time, say(words[kind], values));
  text(parts.timeShort, say(words[`${kind}_short`], values));
  const tried = stage === "in" && ["connecting", "slow", "lost"].includes(other);
  parts.health.hidden = stage === "ended" || (stage === "in" && !tried && other !== "connected" && !offline);
  parts.health.classList.toggle("gone", offline);
  const connected = other === "connected";
  const weak = connected && line !== "good";
  const theirs = connected && theirLine !== "good";
  parts.health.classList.toggle("weak", !offline && (tried || weak || theirs));
  const quality = weak ? (thin ? words.sound_first : words[line]) : theirs ? words.their_weak : words.good;
  label(parts.health, offline ? words.bad : tried ? words.trying : quality);
}

function drawEnd({ end }) {
  text(parts.ended.querySelector("h1"), words[`${end}_title`]);
  text(parts.ended.querySelector(".lead"), words[`${end}_words`]);
  parts.comeBack.hidden = end !== "left" && end !== "moved";
  label(parts.comeBack, end === "moved" ? words.use_here : words.come_back);
}

/* What changed, in words, for who does not see it. */
function speak(state) {
  const source = state.stage === "ended" ? "" : state.other === "connected" ? words.here : parts.roomWords.querySelector("h2").textContent;
  if (source === spoken) return;
  spoken = source;
  text(parts.spoken, source);
}
