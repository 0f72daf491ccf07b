const door = document.querySelector("[data-door]");
let shown = door.innerHTML;
async function watch() {
  const answer = await fetch(door.dataset.door).catch(() => null);
  const now = answer ? await answer.text() : shown;
  if (now !== shown) door.innerHTML = now;
  shown = now;
  if (!window.simulatedLeft) setTimeout(watch, 400);
}
door.addEventListener("submit", (event) => {
  event.preventDefault();
  fetch(event.target.action, { method: "POST", body: new URLSearchParams(new FormData(event.target)) });
});
watch();
