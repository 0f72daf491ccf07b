/* Do the parts of this page still tell the truth? At the instant named on them, and whenever the machine or
 * the page wakes up, the server is asked again and what changed is put in its place.
 *
 * <div data-fresh-url="/sessions/fresh"> … <li id="session-1" data-part data-fresh="1" data-fresh-at="2026-…Z">
 * The answer has parts of the same ids, and says what time it is.
 */
import { learn, now } from "./clock.js";

const LATE = 400; // the server has surely passed the border by then
const SOONEST = 1000;
const LONGEST = 30_000;
const AGAIN = 10_000;
const SLEPT = 5000; // the machine's clock went on, the page's did not

let timer = 0;
let asking = false;
let wanted = false;
let failed = false;
let seen = { wall: Date.now(), steady: performance.now() };

const tracked = () => [...document.querySelectorAll("[data-fresh]")];
const isDue = (part) => Date.parse(part.dataset.freshAt) + LATE / 2 <= now();
/* What is new with each answer and says nothing new. */
const IDLE = /name="csrfmiddlewaretoken" value="[^"]*"|data-fresh-at="[^"]*"/g;
const plain = (element) => element.outerHTML.replace(IDLE, "");

function replace(here, part) {
  if (plain(here) === plain(part)) {
    if (part.dataset.freshAt) here.dataset.freshAt = part.dataset.freshAt;
    else delete here.dataset.freshAt;
    return;
  }
  const focused = here.contains(document.activeElement) ? document.activeElement.id : "";
  here.replaceWith(part);
  // What had the focus may be gone with its state: the part itself then keeps the place.
  if (focused) (document.getElementById(focused) ?? part.querySelector("a, button:not([disabled])"))?.focus();
  window.htmx?.process(part);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: part } }));
}

function take(text) {
  const answer = new DOMParser().parseFromString(text, "text/html");
  const told = answer.querySelector("[data-now]");
  if (!told) return; // signed out meanwhile, or something else is shown there
  learn(told.dataset.now);
  for (const part of answer.querySelectorAll("[data-part][id]")) {
    const here = document.getElementById(part.id);
    if (here) replace(here, document.adoptNode(part));
  }
  // What the answer knows nothing of is asked for later, not again and again.
  for (const part of tracked().filter(isDue)) part.dataset.freshAt = new Date(now() + LONGEST).toISOString();
  // What has come on stage stands there alone.
  const onStage = document.getElementById("stage")?.dataset.session;
  if (onStage) document.querySelector(`[data-whole] #session-${CSS.escape(onStage)}`)?.remove();
}

async function ask(parts) {
  const holder = document.querySelector("[data-fresh-url]");
  if (!holder || !parts.length) return;
  if (asking) {
    wanted = true;
    return;
  }
  asking = true;
  const url = new URL(holder.dataset.freshUrl, location);
  for (const part of parts) url.searchParams.append("part", part.dataset.fresh);
  try {
    const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
    failed = !answer.ok;
    if (answer.ok) take(await answer.text());
  } catch {
    failed = true;
  }
  asking = false;
  if (wanted) {
    wanted = false;
    wake();
  } else plan();
}

function plan() {
  clearTimeout(timer);
  const instants = tracked().map((part) => Date.parse(part.dataset.freshAt)).filter((at) => !Number.isNaN(at));
  const left = failed ? AGAIN : Math.min(...instants) - now() + LATE;
  timer = setTimeout(look, Math.min(Math.max(left, SOONEST), LONGEST));
}

function hasSlept() {
  const wall = Date.now();
  const steady = performance.now();
  const lost = Math.abs(wall - seen.wall - (steady - seen.steady));
  seen = { wall, steady };
  return lost > SLEPT;
}

function look() {
  if (document.hidden) return; // it asks when it is seen again
  if (hasSlept() || failed) wake();
  else {
    const due = tracked().filter(isDue);
    if (due.length) ask(due);
    else plan();
  }
}

/* Everything that is tracked, because nobody knows how long it was. */
export default function wake() {
  if (document.hidden) return;
  hasSlept();
  ask(tracked());
}

export { plan };

/* How many minutes are left in the last hour? Counted on between two people; in the last minute by seconds,
 * unless motion is unwelcome. The sentence for screen readers follows, but nothing is read out by itself.
 *
 * <div data-till="2026-10-22T07:30:00Z" data-till-label="You and Naoko, {when}"> … the pair
 */
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function till(element) {
  if (element.dataset.counts) return;
  element.dataset.counts = "yes";
  const ends = Date.parse(element.dataset.till);
  const pair = element.querySelector(".pair");
  const shown = element.querySelector(".gap > b");
  const unit = shown?.nextElementSibling;
  if (!shown) return;
  const spoken = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
  const minutes = unit.textContent;
  const seconds = element.dataset.tillSeconds;
  const draw = () => {
    const left = Math.ceil((ends - now()) / 1000);
    if (!element.isConnected || left <= 0) return;
    const bySeconds = left < 60 && !still.matches;
    const value = bySeconds ? left : Math.ceil(left / 60);
    shown.textContent = value;
    unit.textContent = bySeconds ? seconds : minutes;
    const label = element.dataset.tillLabel.replace("{when}", spoken.format(Math.ceil(left / 60), "minute"));
    if (pair.getAttribute("aria-label") !== label) pair.setAttribute("aria-label", label);
    setTimeout(draw, left <= 61 ? 250 : 1000);
  };
  draw();
}
