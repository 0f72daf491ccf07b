/* Browsers slow the timers of hidden pages down to one a minute, but not a worker's. */

const timers = new Map();

addEventListener("message", ({ data: { id, after } }) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (after === null) return;
  timers.set(id, setTimeout(() => {
    timers.delete(id);
    postMessage(id);
  }, after));
});
