/* What time is it? The server's clock decides; the browser's only counts on from it. */

const root = document.documentElement;
let told = Date.parse(root.dataset.now);
// The page's clock starts when the answer began to arrive, not when this module ran.
let arrived = performance.getEntriesByType("navigation")[0]?.responseStart ?? 0;

/** The server's now, in milliseconds; right even where the browser's clock is wrong. */
export function now() {
  return Number.isNaN(told) ? Date.now() : told + performance.now() - arrived;
}

/** The server told the time anew: a machine that slept has lost some. */
export function learn(iso) {
  told = Date.parse(iso);
  arrived = performance.now();
}

/** Let every [data-clock] show the viewer's minute. */
export default function tick() {
  const zone = root.dataset.zone || "UTC";
  const clocks = document.querySelectorAll("[data-clock]");
  const twelve = /[^\d:.]/.test(clocks[0].textContent.trim());
  const format = new Intl.DateTimeFormat(root.lang, { hour: "2-digit", minute: "2-digit", hour12: twelve, timeZone: zone });
  const draw = () => {
    const text = format.format(now());
    for (const clock of clocks) clock.textContent = text;
    setTimeout(draw, 60_000 - (now() % 60_000) + 50);
  };
  draw();
}
