/* How good is the line, in one word? And where it is thin, sound comes first. */

const WEAK = { loss: 0.03, rtt: 0.4 };
const POOR = { loss: 0.1, rtt: 0.9, room: 120_000 };
const TWICE = 2; // one bad look may be chance
const CALM = 5; // good looks before more picture is tried

/** From full picture to none. */
export const STEPS = [
  { maxBitrate: 1_500_000, scaleResolutionDownBy: 1, maxFramerate: 30 },
  { maxBitrate: 400_000, scaleResolutionDownBy: 2, maxFramerate: 20 },
  { maxBitrate: 150_000, scaleResolutionDownBy: 4, maxFramerate: 10 },
  { active: false },
];

/** "good", "weak" or "poor", of loss (0 to 1), round trip (s) and room for what goes out (bit/s). */
export function judge({ loss = 0, rtt = 0, room = Infinity }) {
  if (loss > POOR.loss || rtt > POOR.rtt || room < POOR.room) return "poor";
  return loss > WEAK.loss || rtt > WEAK.rtt ? "weak" : "good";
}

/** How much picture to send: less after two bad looks, more after calm, later after each climb that failed. */
export class Ladder {
  step = 0;
  #bad = 0;
  #good = 0;
  #calm = CALM;
  #sinceClimb = Infinity;

  look(word) {
    this.#sinceClimb += 1;
    this.#bad = word === "good" || (word === "weak" && this.step > 1) ? 0 : this.#bad + 1;
    this.#good = word === "good" ? this.#good + 1 : 0;
    if (this.#bad >= TWICE && this.step < STEPS.length - 1) {
      if (this.#sinceClimb <= CALM) this.#calm = Math.min(this.#calm * 2, 60);
      this.#move(1);
    } else if (this.#good >= this.#calm && this.step > 0) {
      this.#move(-1);
      this.#sinceClimb = 0;
    }
    return this.step;
  }

  #move(by) {
    this.step += by;
    this.#bad = 0;
    this.#good = 0;
  }
}

/** What happened on a connection since the last look. */
export class Meter {
  #before = { lost: 0, received: 0 };

  read(report, { hasPicture }) {
    const all = [...report.values()];
    const chosen = all.find(({ type }) => type === "transport")?.selectedCandidatePairId;
    const pair = report.get(chosen) ?? all.find((one) => one.selected);
    const local = pair && report.get(pair.localCandidateId);
    const sum = (name) => all.filter(({ type }) => type === "inbound-rtp").reduce((total, one) => total + (one[name] ?? 0), 0);
    const now = { lost: sum("packetsLost"), received: sum("packetsReceived") };
    const lost = now.lost - this.#before.lost;
    const came = Math.max(1, lost + now.received - this.#before.received);
    const here = Math.max(0, lost) / came;
    this.#before = now;
    const there = Math.max(0, ...all.filter(({ type }) => type === "remote-inbound-rtp").map((one) => one.fractionLost ?? 0));
    const rtt = pair?.currentRoundTripTime ?? 0;
    return {
      rtt, here, there,
      isRelayed: local?.candidateType === "relay",
      coming: judge({ loss: here, rtt }),
      // Sound alone does not show how much would fit through.
      going: judge({ loss: there, rtt, room: hasPicture ? pair?.availableOutgoingBitrate : undefined }),
    };
  }
}
