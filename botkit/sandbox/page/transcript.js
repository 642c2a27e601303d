/**
 * What is said on the call, as the bot writes it along: app messages of type `botkit.transcript`. It stays
 * to be read after the call, until the next one.
 */

import { element, fill } from "./dom.js";

const KIND = "botkit.transcript";
const PHASES = new Set(["connecting", "active"]);
/** As many lines as are kept; the oldest go. */
const KEPT = 300;
/** How near to the end counts as reading the end, in pixels. */
const NEAR_END = 40;

/**
 * @typedef {object} Line
 * @property {string} id
 * @property {string} callId the bot's name for the call
 * @property {"bot" | "person"} speaker
 * @property {string} text
 */

export class Transcript {
  /** Empty until the call's first line; then no line of another call belongs here. */
  #callId = "";
  /** @type {Set<string>} */
  #ids = new Set();
  #phase = "";
  #title = element("h3", { class: "transcript-title", id: "transcript-title" });
  #lines = element("div", { class: "transcript-lines", role: "log", "aria-live": "polite", "aria-label": "What is said" });

  element = element("section", { class: "transcript", "aria-labelledby": "transcript-title", hidden: true }, this.#title, this.#lines);

  /**
   * @param {import("./phone.js").Phone} phone
   * @param {import("./store.js").Store} store
   */
  constructor(phone, store) {
    this.phone = phone;
    this.store = store;
    store.session.addEventListener("wire", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail));
    phone.addEventListener("change", () => this.#follow());
  }

  /** A new call takes the old one's lines away. */
  #follow() {
    const phase = this.phone.call?.phase ?? "";
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (phase !== "starting" && phase !== "incoming") return;
    this.#callId = "";
    this.#ids.clear();
    fill(this.#lines);
    this.element.hidden = true;
  }

  /** @param {import("./wire.js").WireEvent} event */
  #hear({ category, body }) {
    if (category !== "USER_TO_USER") return;
    const line = lineOf(body.userToUser?.data);
    // Anybody can send such messages; only who is on the line has a say in what is said there.
    if (!line || body.routing?.srcUserId !== this.phone.call?.peerId || this.#ids.has(line.id)) return;
    if (!this.#callId && PHASES.has(this.#phase)) this.#begin(line.callId);
    if (line.callId === this.#callId) this.#add(line);
  }

  /** @param {string} callId */
  #begin(callId) {
    this.#callId = callId;
    fill(this.#title, `Call with ${this.#peer}`);
    this.#lines.tabIndex = 0;
    this.element.hidden = false;
  }

  /** @param {Line} line */
  #add({ id, speaker, text }) {
    this.#ids.add(id);
    const pane = this.#lines;
    const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < NEAR_END;
    const name = speaker === "bot" ? this.#peer : "You";
    pane.append(
      element("p", { class: `transcript-line said-by-${speaker}` }, element("strong", {}, `${name}:`), " ", text),
    );
    while (pane.childElementCount > KEPT) pane.firstElementChild?.remove();
    if (atEnd) pane.scrollTop = pane.scrollHeight;
  }

  get #peer() {
    return this.store.user(this.phone.call?.peerId ?? "").displayName;
  }
}

/**
 * @param {unknown} data what another client sent: anything
 * @returns {Line | null}
 */
function lineOf(data) {
  try {
    const { type, message } = JSON.parse(String(data));
    if (type !== KIND || typeof message.text !== "string" || !message.text || !message.callId) return null;
    const speaker = message.speaker === "bot" ? "bot" : "person";
    return { id: String(message.id), callId: String(message.callId), speaker, text: message.text };
  } catch {
    return null;
  }
}
