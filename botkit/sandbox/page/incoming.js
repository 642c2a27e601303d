/** The bar over everything else while somebody calls: who it is, and the two answers to that. */

import { avatar, botBadge } from "./avatar.js";
import { byId, element, fill, icon } from "./dom.js";
import { ring } from "./ringtone.js";

/** @typedef {import("./phone.js").Phone} Phone */

export class IncomingCall {
  #bar = byId("incoming");
  #words = element("p", { class: "incoming-words", role: "alert" });
  #face = element("span", { class: "incoming-face" });
  /** @type {(() => void) | null} stops the ringing */
  #silence = null;
  /** @type {Element | null} what had the keyboard when it began to ring */
  #before = null;

  /**
   * @param {Phone} phone
   * @param {import("./store.js").Store} store
   * @param {import("./title.js").WindowTitle} title
   * @param {() => void} onAnswer the call is being taken: time to show it
   */
  constructor(phone, store, title, onAnswer) {
    this.phone = phone;
    this.store = store;
    this.title = title;
    const answer = element("button", { type: "button", class: "button button-go incoming-answer" }, icon("phone"), "Answer");
    const decline = element("button", { type: "button", class: "button button-stop incoming-decline" }, icon("hang-up"), "Decline");
    answer.addEventListener("click", () => {
      this.#before = null;
      void phone.pickUp();
      onAnswer();
    });
    decline.addEventListener("click", () => phone.hangUp());
    fill(this.#bar, this.#face, this.#words, element("div", { class: "incoming-buttons" }, answer, decline));
    phone.addEventListener("change", () => this.#draw());
  }

  #draw() {
    const rings = this.phone.call?.phase === "incoming";
    if (rings === (this.#silence !== null)) return;
    if (rings) this.#begin();
    else this.#end();
  }

  #begin() {
    const caller = this.store.user(this.phone.call?.peerId ?? "");
    this.#silence = ring();
    this.title.blink(`${caller.displayName} is calling`);
    this.#bar.hidden = false;
    fill(this.#face, avatar(caller));
    fill(
      this.#words,
      element("span", {}, element("strong", {}, caller.displayName), " ", caller.bot ? botBadge() : null),
      element("span", {}, " is calling you"),
    );
    this.#before = document.activeElement;
    // The bar, not its button: a key pressed in that moment shall not take the call. Nor shall it take words
    // away from somebody who is writing.
    if (!writing(this.#before)) this.#bar.focus();
  }

  #end() {
    this.#silence?.();
    this.#silence = null;
    this.title.blink("");
    const back = this.#bar.contains(document.activeElement) ? this.#before : null;
    this.#before = null;
    this.#bar.hidden = true;
    fill(this.#words);
    // What had the keyboard may have been hidden while it rang, and others hear of its end after us.
    if (back instanceof HTMLElement) queueMicrotask(() => back.focus({ preventScroll: true }));
  }
}

/** @param {Element | null} one */
function writing(one) {
  return one instanceof HTMLElement && (one.isContentEditable || one.matches("input, select, textarea"));
}
