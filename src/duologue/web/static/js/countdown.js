/* How long is a hold still good? Shows mm:ss and a bar, speaks at 10, 5 and 1 minutes, says when it is over.
 *
 * <div class="hold" data-countdown-to="2026-10-22T13:01:00Z">
 *   … <span class="countdown" data-countdown-text>27:41</span> <progress max="2100" value="1661"></progress>
 *   <span class="visually-hidden" role="status" data-countdown-says="{minutes} minutes left"></span>
 */
import { now } from "./clock.js";

const SPOKEN_AT = [10, 5, 1];
const HURRY = 120;

function text(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return (hours ? `${hours}:${two(minutes)}` : two(minutes)) + `:${two(seconds % 60)}`;
}

function speaker(element) {
  const region = element.querySelector("[data-countdown-says]");
  let last = Infinity;
  return (seconds) => {
    const due = SPOKEN_AT.find((minutes) => seconds <= minutes * 60 && last > minutes * 60);
    if (region && due && last !== Infinity) region.textContent = region.dataset.countdownSays.replace("{minutes}", due);
    last = seconds;
  };
}

export default function countdown(element) {
  if (element.dataset.counting) return;
  element.dataset.counting = "yes";
  const ends = Date.parse(element.dataset.countdownTo);
  const shown = element.querySelector("[data-countdown-text]") ?? element;
  const bar = element.querySelector("progress");
  const speak = speaker(element);
  const draw = () => {
    const seconds = Math.max(0, Math.ceil((ends - now()) / 1000));
    shown.textContent = text(seconds);
    if (bar) bar.value = seconds;
    element.classList.toggle("hurry", seconds <= HURRY && seconds > 0);
    speak(seconds);
    if (seconds > 0) return;
    clearInterval(timer);
    element.classList.add("over");
    element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
    if (element.dataset.countdownGo) location.assign(element.dataset.countdownGo);
  };
  const timer = setInterval(() => (element.isConnected ? draw() : clearInterval(timer)), 500);
  draw();
}
