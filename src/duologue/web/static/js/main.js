/* What does this page need? Each feature loads when its attribute is on the page, and again in what htmx swaps in. */

const FEATURES = [
  ["[data-countdown-to]", () => import("./countdown.js")],
  ["[data-copy]", () => import("./copy.js")],
  ["[data-dialog], dialog[data-open]", () => import("./dialog.js")],
  ["[data-toast]", () => import("./toast.js")],
  ["[data-calendar]", () => import("./calendar.js")],
  ["[data-hours]", () => import("./hours.js")],
  ["[data-working]", () => import("./working.js")],
  ["[data-unfold]", async () => ({ default: unfold })],
  ["[data-till]", () => due.then(() => import("./fresh.js")).then(({ till }) => ({ default: till }))],
  ["[data-print]", () => import("./print.js")],
  ["[data-onward]", () => import("./onward.js")],
];

/* On phones filters are folded by the style sheet: the button unfolds them. Without script they are all there. */
function unfold(button) {
  if (button.dataset.unfolds) return;
  button.dataset.unfolds = "yes";
  const target = document.querySelector(button.dataset.unfold);
  button.setAttribute("aria-expanded", String(target.classList.contains("unfolded")));
  button.addEventListener("click", () => {
    button.setAttribute("aria-expanded", String(target.classList.toggle("unfolded")));
  });
}

// What does not come over a network that is gone is fetched again when it is back.
function part(load) {
  return load().catch(() => new Promise((again) => addEventListener("online", () => again(part(load)), { once: true })));
}

function start(root) {
  for (const [selector, load] of FEATURES) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    if (found.length) part(load).then(({ default: enhance }) => found.forEach(enhance));
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
    part(() => import("./theme.js")).then(({ default: enhance }) => event.target.querySelectorAll("[data-theme-choice]").forEach(enhance));
  }
}, true);
// htmx tells of everything that it puts into the page, the whole page at first.
document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) start(event.detail.elt); });

// Where htmx is fetched when it is first needed, the press that needs it waits for it and is made again.
const htmxAt = document.querySelector('meta[name="htmx"]')?.content;
let htmxComes;
function fetchHtmx() {
  htmxComes ??= new Promise((resolve) => {
    const script = Object.assign(document.createElement("script"), { src: htmxAt, onload: resolve });
    if (document.readyState === "complete") document.head.append(script);
    else addEventListener("load", () => document.head.append(script));
  });
  return htmxComes;
}
if (htmxAt) {
  for (const kind of ["pointerover", "focusin"]) {
    document.addEventListener(kind, ({ target }) => { if (target.closest?.("[hx-get]")) fetchHtmx(); }, { passive: true });
  }
  // What was typed or chosen before it came is sent once it is there.
  const send = ({ target }) => {
    const form = target.closest?.("form[hx-get]");
    if (form && !window.htmx) fetchHtmx().then(() => window.htmx.trigger(form, "submit"));
  };
  for (const kind of ["input", "change"]) document.addEventListener(kind, send);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[hx-get]");
    if (!link || window.htmx || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    fetchHtmx().then(() => link.click());
  }, true);
}

// What changes with time is asked for again at its instant, and at once when the page or the machine wakes up.
// Until the first of these instants its script need not come.
let due;
if (document.querySelector("[data-fresh-url]")) {
  const fresh = () => part(() => import("./fresh.js"));
  const instants = [...document.querySelectorAll("[data-fresh-at]")].map((part) => Date.parse(part.dataset.freshAt));
  const left = Math.min(...instants) - Date.parse(document.documentElement.dataset.now);
  due = new Promise((resolve) => setTimeout(resolve, Math.min(Math.max(left, 1000), 5000)));
  due.then(fresh).then(({ plan }) => plan());
  const wake = () => fresh().then(({ default: ask }) => ask());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
  addEventListener("pageshow", (event) => { if (event.persisted) wake(); });
  addEventListener("online", wake);
}

start(document.body);
if ("zoneOffer" in document.documentElement.dataset) part(() => import("./zone.js")).then(({ default: offer }) => offer());
// The shown minute changes with the next full one: until then the clock need not load.
if (document.querySelector("[data-clock]")) {
  const rest = 60_000 - (Date.parse(document.documentElement.dataset.now) % 60_000);
  setTimeout(() => part(() => import("./clock.js")).then(({ default: tick }) => tick()), rest || 1000);
}
