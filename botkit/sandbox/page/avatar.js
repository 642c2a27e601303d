/** The round mark that tells at a glance who is speaking. */

import { element, icon } from "./dom.js";
import { initials } from "./words.js";

/** As many as style.css has tones. */
const TONES = 6;

/**
 * @param {import("./store.js").User} user
 * @returns {HTMLElement} decorative: the name always stands beside it
 */
export function avatar(user) {
  const sum = [...user.displayName].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  const tone = user.bot ? "bot" : String(sum % TONES);
  return element("span", { class: `avatar tone-${tone}`, "aria-hidden": "true" }, initials(user.displayName));
}

/** @returns {HTMLElement} for a conversation of several */
export function groupAvatar() {
  return element("span", { class: "avatar tone-group", "aria-hidden": "true" }, icon("group"));
}

/** @returns {HTMLElement} the word beside a bot's name */
export function botBadge() {
  return element("span", { class: "badge" }, "bot");
}
