/* Nobody has said a zone yet: tell the server the browser's, and show the page again in it. */

const TOLD = "duologue:zone-told";
/* Dictation and what a browser fills in by itself press no key. */
const BUSY = ["pointerdown", "keydown", "input", "beforeunload"];

/* This script may come late: a press, or a field that was filled in, can lie before it. */
function hasBegun() {
  const isFilled = ({ value, defaultValue }) => value !== defaultValue;
  return navigator.userActivation?.hasBeenActive || [...document.querySelectorAll("input, textarea")].some(isFilled);
}

/* Whoever has begun to do something is not interrupted: the next page is right anyway. */
function watch() {
  let busy = hasBegun();
  const mark = () => { busy = true; };
  BUSY.forEach((kind) => addEventListener(kind, mark, { capture: true }));
  return () => {
    BUSY.forEach((kind) => removeEventListener(kind, mark, { capture: true }));
    return busy;
  };
}

export default async function offer() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || sessionStorage.getItem(TOLD) === zone) return;
  sessionStorage.setItem(TOLD, zone);
  const wasBusy = watch();
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const answer = await fetch("/time-zone", {
    method: "POST",
    headers: { ...headers, "X-Requested-With": "fetch" },
    body: new URLSearchParams({ time_zone: zone, detected: "1" }),
    redirect: "manual",
  }).catch(() => null);
  const accepted = answer?.ok || answer?.type === "opaqueredirect";
  if (!wasBusy() && accepted && zone !== document.documentElement.dataset.zone) location.reload();
}
