/* What does this page need? Each feature loads when its attribute is on the page, and again in what htmx swaps in. */

const FEATURES = [
  ["[data-countdown-to]", () => import("./countdown.js")],
  ["[data-copy]", () => import("./copy.js")],
  ["[data-dialog], dialog[data-open]", () => import("./dialog.js")],
  ["[data-toast]", () => import("./toast.js")],
  ["[data-calendar]", () => import("./calendar.js")],
  ["[data-hours]", () => import("./hours.js")],
  ["[data-working]", () => import("./working.js")],
  ["[data-unfold]", () => import("./unfold.js")],
];

function start(root) {
  for (const [selector, load] of FEATURES) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    if (found.length) load().then(({ default: enhance }) => found.forEach(enhance));
  }
  root.querySelector("[data-error-summary]")?.focus();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) if (!menu.contains(except)) menu.open = false;
}

document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details[data-menu][open]");
  closeMenus(null);
  menu?.querySelector("summary").focus();
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-menu]") && event.target.open) {
    import("./theme.js").then(({ default: enhance }) => event.target.querySelectorAll("[data-theme-choice]").forEach(enhance));
  }
}, true);
// htmx tells of everything that it puts into the page, the whole page at first.
document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) start(event.detail.elt); });

start(document.body);
if ("zoneOffer" in document.documentElement.dataset) import("./zone.js").then(({ default: offer }) => offer());
// The shown minute changes with the next full one: until then the clock need not load.
if (document.querySelector("[data-clock]")) {
  const rest = 60_000 - (Date.parse(document.documentElement.dataset.now) % 60_000);
  setTimeout(() => import("./clock.js").then(({ default: tick }) => tick()), rest || 1000);
}
