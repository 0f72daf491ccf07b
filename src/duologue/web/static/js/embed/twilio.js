/* Twilio Video has no page of its own: two pictures, controls and chat over its client. */
const CHAT = "chat";
const LONGEST = 2000;

const make = (name, className, words = "") => Object.assign(document.createElement(name), { className, textContent: words });

export async function open(stage, options, tell, words) {
  const { Video } = window.Twilio;
  const view = draw(stage, words);
  const tracks = await Video.createLocalTracks({ audio: true, video: { width: 1280 } }).catch(() => {
    view.log("", words.camera_refused);
    return [];
  });
  const letters = new Video.LocalDataTrack();
  const room = await Video.connect(options.token, { name: options.room, tracks: [...tracks, letters] });
  for (const track of tracks) if (track.kind === "video") view.mine.append(track.attach());
  const count = () => tell({ other: room.participants.size > 0 });
  const shown = (track, screen) => {
    if (track.kind === "data") return track.on("message", (text) => hear(view, words, text));
    const tile = screen ? view.tile("screen", words.other) : view.theirs;
    tile.append(track.attach());
    return undefined;
  };
  const meet = (person) => {
    person.on("trackSubscribed", (track) => shown(track, track.name === "screen"));
    person.on("trackUnsubscribed", (track) => {
      for (const element of track.detach?.() ?? []) (element.closest(".screen") ?? element).remove();
    });
    person.tracks.forEach(({ track }) => { if (track) shown(track, track.name === "screen"); });
    count();
  };
  room.participants.forEach(meet);
  room.on("participantConnected", meet);
  room.on("participantDisconnected", count);
  room.on("disconnected", () => tell({ in: false, other: false, gone: true }));
  wire(view, words, { room, tracks, letters, Video });
  tell({ in: true, other: room.participants.size > 0 });
  return { leave: () => { for (const track of tracks) track.stop(); room.disconnect(); } };
}

/** Whatever the other side sends is text, and shown as such. */
function hear(view, words, text) {
  let letter = null;
  try {
    letter = JSON.parse(text);
  } catch {
    return;
  }
  if (typeof letter?.[CHAT] === "string") view.log(words.other, letter[CHAT].slice(0, LONGEST));
}

function draw(stage, words) {
  const root = make("div", "small-call");
  const tiles = make("div", "small-tiles");
  const tile = (kind, name) => {
    const made = make("section", `small-tile ${kind}`);
    made.append(make("span", "", name));
    tiles.append(made);
    return made;
  };
  const mine = tile("me", words.you);
  const theirs = tile("other", words.other);
  const controls = make("div", "small-controls");
  const chat = make("aside", "small-chat");
  chat.hidden = true;
  const said = make("div", "small-log");
  said.setAttribute("role", "log");
  const form = make("form", "");
  const field = Object.assign(make("input", "input"), { ariaLabel: words.write, placeholder: words.write, maxLength: LONGEST });
  form.append(field, make("button", "btn small", words.send));
  chat.append(said, form);
  root.append(tiles, controls, chat);
  stage.append(root);
  const log = (who, text) => {
    const line = make("p", "");
    if (who) line.append(make("b", "", who));
    line.append(text);
    said.append(line);
    said.scrollTop = said.scrollHeight;
  };
  const button = (word, press) => {
    const made = make("button", "btn small", words[word]);
    made.addEventListener("click", () => press(made));
    controls.append(made);
  };
  return { root, mine, theirs, tile, chat, form, field, log, button };
}

function wire(view, words, { room, tracks, letters, Video }) {
  const toggle = (kind, off, on) => (button) => {
    const track = tracks.find((one) => one.kind === kind);
    if (!track) return;
    if (track.isEnabled) track.disable();
    else track.enable();
    button.textContent = track.isEnabled ? words[off] : words[on];
  };
  view.button("mute", toggle("audio", "mute", "unmute"));
  view.button("stop_video", toggle("video", "stop_video", "start_video"));
  let screen = null;
  const stop = (button) => {
    room.localParticipant.unpublishTrack(screen);
    screen.stop();
    screen = null;
    button.textContent = words.share;
  };
  view.button("share", async (button) => {
    if (screen) return stop(button);
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => null);
    if (!stream) return undefined;
    screen = new Video.LocalVideoTrack(stream.getVideoTracks()[0], { name: "screen" });
    screen.on("stopped", () => { if (screen) stop(button); });
    room.localParticipant.publishTrack(screen);
    button.textContent = words.stop_share;
    return undefined;
  });
  view.button("chat", () => {
    view.chat.hidden = !view.chat.hidden;
    view.root.classList.toggle("chatting", !view.chat.hidden);
    view.field.focus();
  });
  view.form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = view.field.value.trim();
    if (!text) return;
    letters.send(JSON.stringify({ [CHAT]: text }));
    view.log(words.you, text);
    view.field.value = "";
  });
}
