/* The page around another platform's room: loads its client when it is used, and tells our server who is in. */
const BEAT = 12_000;

const config = JSON.parse(document.querySelector("#frame-config").textContent);
const page = document.querySelector("[data-frame]");
const parts = Object.fromEntries([...page.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
const { words } = config;
const state = { epoch: crypto.randomUUID?.() ?? `${Date.now()}-${Math.round(Math.random() * 1e12)}`, in: false, other: false };
let room = null;
let timer = 0;
let over = false;
let server = { left: config.left, at: performance.now() };

function draw() {
  const other = state.other ? words.both : words.alone;
  parts.state.textContent = state.in ? other : words.outside;
  const left = server.left.ends_in - (performance.now() - server.at) / 1000;
  const started = server.left.starts_in - (performance.now() - server.at) / 1000 <= 0;
  parts.left.textContent = left < 0 ? words.over : started ? words.minutes_left.replace("{minutes}", Math.ceil(left / 60)) : "";
}

async function beat() {
  clearTimeout(timer);
  const body = JSON.stringify({ epoch: state.epoch, in: state.in, other: state.other, place: config.place });
  try {
    const answer = await fetch(`${config.path}/seen`, { method: "POST", body, headers: { "Content-Type": "application/json" } });
    const told = await answer.json();
    if (answer.ok) hear(told);
    else if (["expired", "cancelled", "not_found"].includes(told.code)) end("closed");
  } catch {
    // The call goes on without our server; what it misses is told with the next beat.
  }
  if (!over) timer = setTimeout(beat, BEAT);
}

function hear({ place, ...left }) {
  server = { left, at: performance.now() };
  // One of the two has moved both to another room.
  if (place && place !== config.place && !over) moveOn();
  else draw();
}

function moveOn() {
  over = true;
  farewell();
  room?.leave();
  location.replace(config.path);
}

/** What a client tells: `in` is this person, `other` whether anybody else is; `failed` goes with false or with `in`. */
function tell(changes) {
  if (over) return;
  // While the state still says that they were in, so that the server hears of it.
  if (changes.gone) return end("left");
  const before = JSON.stringify(state);
  Object.assign(state, changes);
  draw();
  if ("failed" in changes || changes.in) trouble(changes.failed);
  if (JSON.stringify(state) !== before) beat();
}

function trouble(is) {
  parts.trouble.hidden = !is;
  if (is) parts.trouble.querySelector("p").textContent = words.failed;
}

function farewell() {
  if (!state.in) return;
  state.in = state.other = false;
  const body = JSON.stringify({ epoch: state.epoch, in: false, other: false, place: config.place });
  fetch(`${config.path}/seen`, { method: "POST", body, keepalive: true, headers: { "Content-Type": "application/json" } }).catch(() => {});
}

function end(how) {
  if (over) return;
  over = true;
  clearTimeout(timer);
  farewell();
  room?.leave();
  parts.stage.hidden = true;
  parts.stage.replaceChildren();
  parts.leave.hidden = true;
  parts.state.textContent = "";
  parts.ended.hidden = false;
  parts.ended.querySelector("h2").textContent = words[`${how}_title`];
  parts.ended.querySelector("p").textContent = words[`${how}_words`];
  parts.back.hidden = how === "closed";
  parts.ended.querySelector("h2").focus();
}

function load(src) {
  return new Promise((done, fail) => {
    const script = document.createElement("script");
    Object.assign(script, { src, onload: done, onerror: () => fail(new Error(src)) });
    document.head.append(script);
  });
}

async function begin() {
  parts.leave.addEventListener("click", () => end("left"));
  addEventListener("pagehide", farewell);
  // A page out of the browser's memory has a token of then, and a room that was left.
  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  beat();
  setInterval(() => { if (!over) draw(); }, 15_000);
  try {
    // In order: a platform's script may need its libraries.
    for (const src of config.scripts) await load(src);
    const { open } = await import(config.client);
    room = await open(parts.stage, config.options, tell, words);
  } catch {
    tell({ failed: true });
  }
}

begin();
