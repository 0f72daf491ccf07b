/* Too early: wait at the door, and go in by itself when it opens. The server's clock decides. */
import { now } from "../clock.js";

const LATE = 500;
const LONGEST = 60_000;

export default function wait(section) {
  const opens = Date.parse(section.dataset.doorOpens);
  const form = section.querySelector("[data-door-form]");
  section.querySelector("[data-with-script]").hidden = false;
  // In steps, because a machine that slept wakes up with its timers late.
  const look = () => {
    const left = opens - now();
    if (left <= 0) setTimeout(() => form.submit(), LATE);
    else setTimeout(look, Math.min(left, LONGEST));
  };
  look();
}

wait(document.querySelector("[data-door-opens]"));
