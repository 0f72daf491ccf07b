/* Arrow keys in the month. Without it each open day is a link; with it the month is one stop for Tab.
 *
 * <table class="cal" data-calendar> … <td><a class="day" id="day-2026-10-22" data-date="2026-10-22" href="…">22</a>
 * Page Up and Page Down follow [data-cal-prev] and [data-cal-next] in the nearest [data-calendar-box].
 */

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
let wanted = null; // the day to stand on after another month was fetched

const cells = (table) => [...table.querySelectorAll("[data-date]")];
const iso = (date) => date.toISOString().slice(0, 10);

function moved(from, days) {
  const date = new Date(`${from}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return iso(date);
}

function inOtherMonth(from, months) {
  const date = new Date(`${from}T00:00:00Z`);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return iso(date);
}

function stand(table, cell) {
  for (const other of cells(table)) other.tabIndex = -1;
  cell.tabIndex = 0;
}

function turn(table, date, months) {
  const link = (table.closest("[data-calendar-box]") ?? document).querySelector(months < 0 ? "[data-cal-prev]" : "[data-cal-next]");
  if (!link || link.getAttribute("aria-disabled") === "true") return;
  wanted = date;
  link.click();
}

function go(table, from, date) {
  const cell = table.querySelector(`[data-date="${date}"]`);
  if (cell) {
    stand(table, cell);
    cell.focus();
  } else if (date.slice(0, 7) !== from.slice(0, 7)) {
    turn(table, date, date < from ? -1 : 1);
  }
}

/* Home and End: the first and last day of the week that is drawn as this row. */
function edge(cell, last) {
  const row = [...cell.closest("tr").querySelectorAll("[data-date]")];
  return (last ? row.at(-1) : row[0]).dataset.date;
}

function target(cell, key) {
  const date = cell.dataset.date;
  const side = getComputedStyle(cell).direction === "rtl" ? -1 : 1;
  if (key in STEPS) return moved(date, STEPS[key] * (key === "ArrowLeft" || key === "ArrowRight" ? side : 1));
  if (key === "Home" || key === "End") return edge(cell, key === "End");
  if (key === "PageUp" || key === "PageDown") return inOtherMonth(date, key === "PageUp" ? -1 : 1);
  return null;
}

export default function calendar(table) {
  if (table.dataset.grid) return;
  table.dataset.grid = "yes";
  table.setAttribute("role", "grid");
  const days = cells(table);
  if (!days.length) return;
  for (const day of days) {
    const chosen = day.getAttribute("aria-current") === "true";
    day.closest("td").setAttribute("role", "gridcell");
    day.closest("td").setAttribute("aria-selected", String(chosen));
  }
  stand(table, days.find((day) => day.matches('[aria-current="true"]')) ?? days.find((day) => day.matches("a, button")) ?? days[0]);
  table.addEventListener("focusin", (event) => { if (event.target.matches("[data-date]")) stand(table, event.target); });
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest("[data-date]");
    if (!cell || event.altKey || event.ctrlKey || event.metaKey) return;
    const date = target(cell, event.key);
    if (event.key === " " && cell.matches("a")) {
      event.preventDefault();
      cell.click();
    }
    if (!date) return;
    event.preventDefault();
    go(table, cell.dataset.date, date);
  });
  if (wanted) {
    const cell = table.querySelector(`[data-date="${wanted}"]`) ?? days[0];
    wanted = null;
    stand(table, cell);
    cell.focus();
  }
}
