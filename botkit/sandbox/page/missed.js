/** Calls that nobody took, by who called: shown in the phone until the person is called back, or dismissed. */

import { element, fill, icon } from "./dom.js";
import { clock } from "./words.js";

/** As many people as the phone has room for; the oldest go. */
const SHOWN = 3;

/** Event: `change`, whenever the list is another. */
export class MissedCalls extends EventTarget {
  /** @type {Map<string, {at: number, times: number}>} by user id, the latest last */
  #calls = new Map();

  element = element("ul", { class: "missed", "aria-label": "Missed calls", hidden: true });

  /**
   * @param {import("./phone.js").Phone} phone
   * @param {import("./store.js").Store} store
   */
  constructor(phone, store) {
    super();
    this.phone = phone;
    this.store = store;
    phone.addEventListener("missed", (event) => this.#add(/** @type {CustomEvent} */ (event).detail.peerId));
    phone.addEventListener("change", () => {
      // Who is being talked with has been called back, one way or another.
      if (phone.call?.phase === "active") this.#drop(phone.call.peerId);
      this.#draw();
    });
  }

  /** How many calls were missed. */
  get count() {
    return [...this.#calls.values()].reduce((sum, { times }) => sum + times, 0);
  }

  /** @param {string} userId */
  #add(userId) {
    const times = (this.#calls.get(userId)?.times ?? 0) + 1;
    this.#calls.delete(userId);
    this.#calls.set(userId, { at: Date.now(), times });
    for (const oldest of [...this.#calls.keys()].slice(0, -SHOWN)) this.#calls.delete(oldest);
    this.#changed();
  }

  /** @param {string} userId */
  #drop(userId) {
    if (this.#calls.delete(userId)) this.#changed();
  }

  #changed() {
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  #draw() {
    this.element.hidden = this.phone.busy || !this.#calls.size;
    fill(this.element, [...this.#calls].reverse().map(([userId, call]) => this.#row(userId, call)));
  }

  /**
   * @param {string} userId
   * @param {{at: number, times: number}} call
   */
  #row(userId, { at, times }) {
    const name = this.store.user(userId).displayName;
    const words = `${times > 1 ? `${times} missed calls` : "Missed call"}, ${clock(at)}`;
    return element(
      "li",
      { class: "missed-call" },
      icon("missed"),
      element("span", { class: "missed-words" }, element("strong", {}, name), element("span", { class: "quiet" }, words)),
      element(
        "button",
        { type: "button", class: "icon-button missed-back", "aria-label": `Call ${name} back`, onclick: () => void this.phone.dial(userId) },
        icon("phone"),
      ),
      element(
        "button",
        { type: "button", class: "icon-button missed-dismiss", "aria-label": `Forget the missed call from ${name}`, onclick: () => this.#drop(userId) },
        icon("close"),
      ),
    );
  }
}
