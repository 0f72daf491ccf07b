/* The week's hours: add, remove and copy windows. Without it the same buttons send the form, and the server does it.
 *
 * <form data-hours> <fieldset class="day-row" data-day="0">
 *   <input type="checkbox" class="switch" …>
 *   <ul class="windows"> <li class="window"> two <input>, <button data-remove> </li> <li class="window spare">…
 *   <template> a window of this day, empty </template>
 *   <button data-add> … <details class="menu"> … <input type="checkbox" data-copy-day="1"> … <button data-copy-apply>
 */

const switchOf = (row) => row.querySelector(".switch");
const windowsOf = (row) => [...row.querySelectorAll(".window")];
const timesOf = (window) => [...window.querySelectorAll("input")];

function add(row, values = []) {
  const fresh = row.querySelector("template").content.firstElementChild.cloneNode(true);
  timesOf(fresh).forEach((input, index) => { input.value = values[index] ?? ""; });
  row.querySelector(".windows").append(fresh);
  return fresh;
}

function replace(row, windows) {
  windowsOf(row).forEach((window) => window.remove());
  windows.forEach((values) => add(row, values));
  switchOf(row).checked = true;
}

function copyTo(form, source) {
  const windows = windowsOf(source).map((window) => timesOf(window).map((input) => input.value));
  const chosen = [...source.querySelectorAll("[data-copy-day]:checked")];
  for (const box of chosen) {
    replace(form.querySelector(`[data-day="${box.dataset.copyDay}"]`), windows);
    box.checked = false;
  }
  source.querySelector("details[open] summary")?.focus();
  source.querySelectorAll("details[open]").forEach((menu) => { menu.open = false; });
  return chosen.length > 0;
}

function remove(row, window) {
  window.remove();
  if (windowsOf(row).length) return row.querySelector("[data-add]").focus();
  switchOf(row).checked = false;
  switchOf(row).focus();
}

export default function hours(form) {
  if (form.dataset.edits) return;
  form.dataset.edits = "yes";
  const unsaved = form.querySelector("[data-unsaved]");
  const changed = () => { if (unsaved) unsaved.hidden = false; };
  form.querySelectorAll(".window.spare").forEach((window) => window.remove());
  form.addEventListener("change", (event) => {
    if (event.target.matches("[data-copy-day]")) return;
    const row = event.target.closest("[data-day]");
    if (row && event.target === switchOf(row) && event.target.checked && !windowsOf(row).length) {
      timesOf(add(row))[0].focus();
    }
    changed();
  });
  form.addEventListener("click", (event) => {
    const row = event.target.closest("[data-day]");
    const button = event.target.closest("button");
    if (!row || !button) return;
    event.preventDefault();
    if (button.matches("[data-add]")) timesOf(add(row))[0].focus();
    else if (button.matches("[data-remove]")) remove(row, button.closest(".window"));
    else if (!button.matches("[data-copy-apply]") || !copyTo(form, row)) return;
    changed();
  });
}
