/* Timers that go on while the page is hidden, and time that nobody sets. */

const waiting = new Map();
let worker;
let next = 1;

function helper() {
  if (worker) return worker;
  worker = new Worker(document.querySelector("[data-ticker]").dataset.ticker);
  worker.addEventListener("message", ({ data: id }) => {
    const action = waiting.get(id);
    waiting.delete(id);
    action?.();
  });
  return worker;
}

/** Run `action` after so many milliseconds; the answer cancels it. */
export function later(after, action) {
  const id = next++;
  waiting.set(id, action);
  helper().postMessage({ id, after });
  return () => {
    if (waiting.delete(id)) helper().postMessage({ id, after: null });
  };
}

export const now = () => performance.now();
