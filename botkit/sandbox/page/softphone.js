/** The right pane: whom to call, how the call stands, the dial pad. It shows a `Phone` and presses its buttons. */

import { avatar } from "./avatar.js";
import { byId, element, fill, icon } from "./dom.js";
import { Transcript } from "./transcript.js";
import { watchLevel } from "./voice.js";
import { duration } from "./words.js";

/** @typedef {import("./phone.js").Phone} Phone */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").User} User */

const KEYS = Object.freeze([
  ["1", ""],
  ["2", "abc"],
  ["3", "def"],
  ["4", "ghi"],
  ["5", "jkl"],
  ["6", "mno"],
  ["7", "pqrs"],
  ["8", "tuv"],
  ["9", "wxyz"],
  ["*", ""],
  ["0", ""],
  ["#", ""],
]);

/** What a screen reader says for the keys that are no digits. */
const KEY_NAMES = new Map([
  ["*", "star"],
  ["#", "hash"],
]);

/** As much of what was dialled as the display holds. */
const SHOWN_KEYS = 24;
const PRESSED_MS = 150;

export class Softphone {
  /** @type {string} whom the button would call */
  #target = "";
  /** @type {string} the conversation that last decided it */
  #shown = "";
  #phase = "";
  #keys = "";
  /** @type {(() => void) | null} */
  #stopLevel = null;
  #ticker = 0;

  #face = element("div", { class: "phone-face" });
  #name = element("p", { class: "phone-name" });
  #state = element("p", { class: "phone-state", role: "status" });
  #note = element("p", { class: "phone-note", role: "status", hidden: true });
  #timer = element("p", { class: "phone-timer", role: "timer" });
  #meter = element("div", { class: "level", role: "img", "aria-label": "How loud the other side is" });
  #dialled = element("output", { class: "dialled", "aria-label": "Keys pressed" });
  #whom = /** @type {HTMLSelectElement} */ (element("select", { id: "phone-target" }));
  #whomLine = element("div", { class: "phone-whom" }, element("label", { for: "phone-target" }, "Call"), this.#whom);
  #call = button("phone-call button-go", "phone", "Call", () => void this.phone.dial(this.#target));
  #hangUp = button("phone-hang-up button-stop", "hang-up", "Hang up", () => this.phone.hangUp());
  #mute = button("phone-mute subtle", "microphone", "Mute", () => this.phone.mute(!this.phone.call?.muted));
  #hold = button("phone-hold subtle", "pause", "Hold", () => void this.phone.hold(!this.phone.call?.held));
  #pad = element("div", { class: "pad", role: "group", "aria-label": "Dial pad" });
  #transcript;
  #audio = /** @type {HTMLAudioElement} */ (element("audio", { autoplay: true }));

  /**
   * @param {Phone} phone
   * @param {Store} store
   * @param {import("./status.js").Status} status
   * @param {import("./missed.js").MissedCalls} missed
   */
  constructor(phone, store, status, missed) {
    this.phone = phone;
    this.store = store;
    this.status = status;
    this.#transcript = new Transcript(phone, store);
    for (const [key, letters] of KEYS) this.#pad.append(this.#key(key, letters));
    // Digits typed anywhere in the pane are keys, so that a hand on the keyboard need not hunt for the pad.
    byId("phone-pane").addEventListener("keydown", (event) => {
      if (event.target === this.#whom || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[0-9*#]$/.test(event.key)) {
        event.preventDefault();
        this.#press(event.key);
      }
    });
    this.#whom.addEventListener("change", () => {
      this.#target = this.#whom.value;
      this.phone.putDown();
    });
    fill(
      byId("phone"),
      element("div", { class: "phone-screen" }, this.#face, this.#name, this.#state, this.#timer, this.#meter, this.#dialled),
      this.#whomLine,
      this.#note,
      element("div", { class: "phone-buttons" }, this.#call, this.#mute, this.#hold, this.#hangUp),
      missed.element,
      this.#pad,
      element("p", { class: "quiet phone-hint" }, "During a call, click the keys or type them."),
      this.#transcript.element,
      this.#audio,
    );
    phone.addEventListener("change", () => this.draw());
    store.addEventListener("conversations", () => this.#chooseTarget());
    store.addEventListener("selected", () => this.#chooseTarget());
    this.#chooseTarget();
  }

  /** Whom the call button would call. */
  get target() {
    return this.#target ? this.store.user(this.#target) : null;
  }

  /** Gives the keyboard to the button of the moment. */
  focus() {
    this.#nextButton()?.focus({ preventScroll: true });
  }

  /** Stops what runs by itself. */
  close() {
    window.clearInterval(this.#ticker);
    this.#stopLevel?.();
  }

  draw() {
    const call = this.phone.call;
    const phase = call?.phase ?? "idle";
    const running = this.phone.busy;
    const user = running || phase === "ended" ? this.store.user(call?.peerId ?? "") : this.target;
    fill(this.#face, user ? avatar(user) : null);
    this.#face.classList.toggle("waiting", ["calling", "ringing", "incoming", "starting"].includes(phase));
    fill(this.#name, user?.displayName ?? "Nobody to call");
    fill(this.#state, this.#words(phase));
    this.#whomLine.hidden = running || this.#whom.options.length < 2;
    this.#call.hidden = running;
    fill(this.#call, icon("phone"), `Call ${this.target?.displayName ?? ""}`);
    /** @type {HTMLButtonElement} */ (this.#call).disabled = !this.target;
    this.#hangUp.hidden = !running || phase === "incoming";
    this.#mute.hidden = phase !== "active" || Boolean(call?.silence);
    this.#hold.hidden = phase !== "active";
    this.#note.hidden = !running || !call?.silence;
    const note = call?.silence ? `${call.silence} You hear everything, and keys work.` : "";
    if (this.#note.textContent !== note) fill(this.#note, note);
    const toRead = phase === "ended" && !this.#transcript.element.hidden;
    byId("phone").classList.toggle("talking", phase === "connecting" || phase === "active" || toRead);
    this.#mute.setAttribute("aria-pressed", String(Boolean(call?.muted)));
    fill(this.#mute, icon(call?.muted ? "microphone-off" : "microphone"), call?.muted ? "Muted" : "Mute");
    this.#hold.toggleAttribute("disabled", Boolean(call?.asking));
    this.#hold.setAttribute("aria-pressed", String(Boolean(call?.held)));
    fill(this.#hold, icon(call?.held ? "play" : "pause"), call?.held ? "Go on" : "Hold");
    for (const key of this.#pad.children) key.toggleAttribute("disabled", phase !== "active" || Boolean(call?.held));
    if (phase !== this.#phase) this.#entered(phase);
    this.#listen();
    this.#keepFocus();
  }

  /** @param {string} phase */
  #entered(phase) {
    this.#phase = phase;
    window.clearInterval(this.#ticker);
    this.#timer.hidden = phase !== "active";
    this.#meter.hidden = phase !== "active";
    if (phase === "starting" || phase === "incoming") this.#keys = "";
    fill(this.#dialled, this.#keys);
    if (phase !== "active") return;
    const tick = () => fill(this.#timer, duration(Date.now() - (this.phone.call?.since ?? Date.now())));
    tick();
    this.#ticker = window.setInterval(tick, 500);
  }

  /** Plays what the other side says, and watches how loud it is. */
  #listen() {
    const { sound, context } = this.phone;
    if (this.#audio.srcObject === sound) return;
    this.#stopLevel?.();
    this.#stopLevel = null;
    this.#audio.srcObject = sound;
    this.#meter.style.setProperty("--level", "0");
    if (!sound || !context) return;
    this.#audio.play().catch((error) => {
      // A call that ended at once takes its sound away in mid-start; only a refusal concerns the person.
      if (error.name === "NotAllowedError") this.status.error("The browser keeps this page silent. Click anywhere, then call again.");
    });
    this.#stopLevel = watchLevel(context, sound, (level) => this.#meter.style.setProperty("--level", level.toFixed(2)));
  }

  /** @param {string} key */
  #press(key) {
    if (this.#phase !== "active" || this.phone.call?.held) return;
    if (!this.phone.press(key)) {
      this.status.info("The other side takes no keys in this call.");
      return;
    }
    this.#keys = (this.#keys + key).slice(-SHOWN_KEYS);
    fill(this.#dialled, this.#keys);
    const face = this.#pad.querySelector(`[data-key="${key}"]`);
    face?.classList.add("pressed");
    window.setTimeout(() => face?.classList.remove("pressed"), PRESSED_MS);
  }

  /**
   * @param {string} key
   * @param {string} letters
   */
  #key(key, letters) {
    return element(
      "button",
      {
        type: "button",
        class: "key",
        "data-key": key,
        "aria-label": KEY_NAMES.get(key) ?? key,
        disabled: true,
        onclick: () => this.#press(key),
      },
      element("span", {}, key),
      letters ? element("small", {}, letters) : null,
    );
  }

  /** The one in the conversation on show, bots first; what was chosen by hand stays while it makes sense. */
  #chooseTarget() {
    const all = [...this.store.users.values()]
      .filter((user) => user.userId !== this.store.me)
      .sort((a, b) => Number(b.bot) - Number(a.bot) || a.displayName.localeCompare(b.displayName));
    const shown = this.store.conversations.get(this.store.selected);
    if (shown && shown.convId !== this.#shown) {
      this.#shown = shown.convId;
      this.#target = this.store.others(shown)[0]?.userId ?? this.#target;
      this.phone.putDown();
    }
    if (!all.some((user) => user.userId === this.#target)) this.#target = all[0]?.userId ?? "";
    fill(
      this.#whom,
      all.map((user) =>
        element("option", { value: user.userId, selected: user.userId === this.#target }, user.displayName + (user.bot ? " (bot)" : "")),
      ),
    );
    this.draw();
  }

  /** @param {string} phase */
  #words(phase) {
    const call = this.phone.call;
    switch (phase) {
      case "starting":
        return "Starting…";
      case "calling":
        return "Calling…";
      case "ringing":
        return "Ringing…";
      case "incoming":
        return "is calling you";
      case "connecting":
        return "Connecting…";
      case "active":
        if (call?.held) return "On hold";
        return call?.silence ? "In a call, without a microphone" : "In a call";
      case "ended":
        return call?.ending ?? "Call ended";
      default:
        return this.target ? "Ready when you are" : "";
    }
  }

  /** A button that vanishes under the finger hands the focus to the next sensible one. */
  #keepFocus() {
    const focused = document.activeElement;
    if (!(focused instanceof HTMLElement) || !byId("phone-pane").contains(focused)) return;
    if (!focused.hidden && !focused.hasAttribute("disabled")) return;
    this.focus();
  }

  #nextButton() {
    return [this.#call, this.#hangUp].find((one) => !one.hidden);
  }
}

/**
 * @param {string} kind
 * @param {string} picture
 * @param {string} words
 * @param {() => void} onClick
 */
function button(kind, picture, words, onClick) {
  return element("button", { type: "button", class: `button ${kind}`, onclick: onClick }, icon(picture), words);
}
