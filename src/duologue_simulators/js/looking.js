let others = 0;
const visit = Math.random().toString(36).slice(2);
async function look() {
  const answer = await fetch(`${BASE}/_frame/people?room=${encodeURIComponent(ROOM)}&visit=${visit}`).catch(() => null);
  const now = answer ? (await answer.json()).others : others;
  for (; others < now; others += 1) tell("participant_join", { participant: {} });
  for (; others > now; others -= 1) tell("participant_leave", { participant: {} });
  if (!window.simulatedLeft) setTimeout(look, 400);
}
