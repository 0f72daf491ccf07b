/* What the call page shows: one function draws everything from one state, so that nothing is left over. */

const sprite = document.querySelector("[data-sprite]")?.dataset.sprite ?? "";

export function say(template, values = {}) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

function icon(element, name) {
  element.querySelector("use")?.setAttribute("href", `${sprite}#${name}`);
}

function text(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

export class View {
  #words;
  #parts;
  #spoken = "";

  constructor(page, words) {
    this.page = page;
    this.#words = words;
    this.#parts = Object.fromEntries([...page.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  }

  get parts() { return this.#parts; }

  /** Runs `action` for every press of a button with that data-act. */
  on(act, action) {
    this.page.addEventListener("click", (event) => {
      const button = event.target.closest(`[data-act="${act}"]`);
      if (button && !button.disabled) action(button);
    });
  }

  draw(state) {
    const { parts } = this;
    const ended = state.stage === "ended";
    parts.stage.hidden = ended;
    parts.ended.hidden = !ended;
    parts.controls.hidden = state.stage !== "in";
    if (ended) this.#drawEnd(state);
    else {
      this.#drawMe(state);
      this.#drawOther(state);
      this.#drawButtons(state);
      this.#drawProblem(state);
    }
    this.#drawBar(state);
    this.#speak(state);
  }

  #drawMe({ stage, video, muted }) {
    const { parts } = this;
    const words = this.#words;
    parts.me.classList.toggle("no-picture", !video);
    parts.myControls.hidden = stage !== "green";
    icon(parts.myPlate, "mic-off");
    parts.myPlate.querySelector(".icon").toggleAttribute("hidden", !muted);
    const name = stage === "green" && video ? words.you_look : muted ? words.you_muted : words.you;
    text(parts.myPlate.querySelector("span"), name);
  }

  #drawOther(state) {
    const { parts } = this;
    const words = this.#words;
    const meets = state.stage === "in" && (state.other === "connected" || state.other === "lost");
    const lost = meets && (state.other === "lost" || state.offline);
    parts.other.classList.toggle("absent", !meets);
    parts.other.classList.toggle("lost", lost);
    parts.other.classList.toggle("no-picture", meets && !state.theirVideo);
    parts.theirs.hidden = !meets;
    parts.roomWords.hidden = meets;
    parts.theirPlate.hidden = !meets;
    parts.between.hidden = !lost;
    parts.soundOn.hidden = !(meets && state.silent);
    if (meets) {
      icon(parts.theirPlate, lost ? "signal" : "mic-off");
      parts.theirPlate.querySelector(".icon").toggleAttribute("hidden", !lost && !state.theirMuted);
      text(parts.theirPlate.querySelector("span"), lost ? words.lost_plate : state.theirMuted ? words.other_muted : words.other_plate);
    }
    if (lost) {
      text(parts.between.querySelector("h2"), state.offline ? words.offline : words.lost);
      text(parts.between.querySelector("p"), state.offline ? words.offline_more : say(state.lostFor < 2 ? words.lost_now : words.lost_more, { seconds: state.lostFor }));
      parts.soundOnly.hidden = state.offline || !state.video;
    } else if (!meets) this.#drawRoomWords(state);
  }

  #drawRoomWords({ stage, other, offline, asking }) {
    const { parts } = this;
    const words = this.#words;
    const green = stage === "green";
    const both = (title, more) => [words[title], words[more]];
    const said = {
      absent: both("absent", green ? "absent_green" : "absent_in"),
      waiting: both("waiting", "waiting_more"),
      here: both("here", green ? "here_green" : "connecting_more"),
      connecting: both("connecting", "connecting_more"),
      slow: both("slow", "slow_more"),
      left: both("left", "left_more"),
    };
    const [title, more] = offline ? both("offline", "offline_more") : asking ? both("asking", "asking_more") : said[other] ?? said.absent;
    text(parts.roomWords.querySelector("h2"), title);
    text(parts.roomWords.querySelector(".lead"), more);
    parts.setup.hidden = !green;
    parts.roomButtons.hidden = !green;
    parts.tryNow.hidden = !(stage === "in" && other === "slow");
  }

  #drawButtons({ muted, video, hasMicrophone, hasCamera }) {
    const words = this.#words;
    for (const button of this.page.querySelectorAll('[data-act="mute"]')) {
      button.setAttribute("aria-pressed", String(muted && hasMicrophone));
      button.disabled = !hasMicrophone;
      icon(button, muted ? "mic-off" : "mic");
      text(button.querySelector("span"), muted ? words.unmute : words.mute);
    }
    for (const button of this.page.querySelectorAll('[data-act="video"]')) {
      button.setAttribute("aria-pressed", String(!video && hasCamera));
      button.disabled = !hasCamera;
      icon(button, video ? "video" : "video-off");
      text(button.querySelector(".word"), video ? words.stop_video : words.start_video);
      text(button.querySelector(".word-narrow"), video ? words.stop : words.start);
    }
  }

  #drawProblem({ problem, stage }) {
    const { parts } = this;
    parts.problem.hidden = !problem || stage !== "green";
    if (problem) text(parts.problem.querySelector("p"), this.#words[problem]);
  }

  #drawBar({ stage, other, offline, startsIn, endsIn, startsAt, endsAt }) {
    const { parts } = this;
    const words = this.#words;
    const minutes = Math.max(1, Math.ceil((startsIn > 0 ? startsIn : endsIn) / 60));
    const kind = startsIn > 0 ? "starts_in" : endsIn > 0 ? "minutes_left" : "over";
    const values = { minutes, time: startsIn > 0 ? startsAt : endsAt };
    text(parts.time, say(words[kind], values));
    text(parts.timeShort, say(words[`${kind}_short`], values));
    const tried = stage === "in" && ["connecting", "slow", "lost"].includes(other);
    parts.health.hidden = stage === "ended" || (stage === "in" && !tried && other !== "connected" && !offline);
    parts.health.classList.toggle("gone", offline);
    parts.health.classList.toggle("weak", !offline && tried);
    text(parts.health.querySelector("span"), offline ? words.bad : tried ? words.trying : words.good);
  }

  #drawEnd({ end }) {
    const { parts } = this;
    const words = this.#words;
    text(parts.ended.querySelector("h1"), words[`${end}_title`]);
    text(parts.ended.querySelector(".lead"), words[`${end}_words`]);
    parts.comeBack.hidden = end !== "left" && end !== "moved";
    text(parts.comeBack.querySelector("span"), end === "moved" ? words.use_here : words.come_back);
  }

  /* What changed, in words, for who does not see it. */
  #speak(state) {
    const { parts } = this;
    const source = state.stage === "ended" ? "" : state.other === "connected" ? this.#words.here : parts.roomWords.querySelector("h2").textContent;
    if (source === this.#spoken) return;
    this.#spoken = source;
    text(parts.spoken, source);
  }
}
