/* A toast goes after six seconds; hover and focus hold it. `say(text)` shows one from a script. */

const SECONDS = 6;

export default function toast(element) {
  if (element.dataset.leaves) return;
  element.dataset.leaves = "yes";
  let timer;
  const wait = () => { timer = setTimeout(() => element.remove(), SECONDS * 1000); };
  const hold = () => clearTimeout(timer);
  element.addEventListener("mouseenter", hold);
  element.addEventListener("focusin", hold);
  element.addEventListener("mouseleave", wait);
  element.addEventListener("focusout", wait);
  wait();
}

export function say(text) {
  const element = Object.assign(document.createElement("div"), { className: "toast stage", textContent: text });
  document.querySelector("[data-toasts]").append(element);
  toast(element);
}
