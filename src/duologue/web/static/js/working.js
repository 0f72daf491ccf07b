/* A form was sent: its button shows that, in its own place, and takes no second press. */

function work(button) {
  button.style.minInlineSize = `${button.offsetWidth}px`;
  button.setAttribute("aria-busy", "true");
  const word = [...button.childNodes].findLast((node) => node.textContent.trim());
  button.dataset.rest = word.textContent;
  word.textContent = button.dataset.working;
}

function rest(button) {
  if (!button.dataset.rest) return;
  const word = [...button.childNodes].findLast((node) => node.textContent.trim());
  button.removeAttribute("aria-busy");
  word.textContent = button.dataset.rest;
  delete button.dataset.rest;
}

export default function working(button) {
  if (button.dataset.works) return;
  button.dataset.works = "yes";
  button.form?.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter !== button) return;
    if (button.getAttribute("aria-busy") === "true") event.preventDefault();
    else if (!event.defaultPrevented || button.form.hasAttribute("hx-post")) work(button);
  });
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.elt === button.form) rest(button); });
  // Coming back by the browser's Back shows the page as it was left.
  addEventListener("pageshow", (event) => { if (event.persisted) rest(button); });
}
