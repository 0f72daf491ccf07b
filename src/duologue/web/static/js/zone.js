/* Nobody has said a zone yet: tell the server the browser's, and show the page again in it. */

const TOLD = "duologue:zone-told";

export default async function offer() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || sessionStorage.getItem(TOLD) === zone) return;
  sessionStorage.setItem(TOLD, zone);
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const answer = await fetch("/time-zone", {
    method: "POST",
    headers: { ...headers, "X-Requested-With": "fetch" },
    body: new URLSearchParams({ time_zone: zone, detected: "1" }),
    redirect: "manual",
  });
  const accepted = answer.ok || answer.type === "opaqueredirect";
  const typing = document.activeElement?.matches("input, textarea, select");
  if (accepted && zone !== document.documentElement.dataset.zone && !typing) location.reload();
}
