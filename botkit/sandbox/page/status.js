/** The one line that tells a person what is wrong, or what is going on. */

import { byId, fill, icon } from "./dom.js";

const INFO_STAYS_MS = 6000;

/**
 * @typedef {object} Status
 * @property {(text: string) => void} error stays until closed, or replaced
 * @property {(text: string) => void} info goes by itself
 * @property {(text: string) => void} lasting stays until `clear`
 * @property {() => void} clear
 */

/** @returns {Status} */
export function statusLine() {
  const box = byId("status");
  const text = byId("status-text");
  const close = byId("status-close");
  let timer = 0;
  close.append(icon("close"));
  close.addEventListener("click", clear);

  /**
   * @param {string} kind
   * @param {string} words
   * @param {number} [stays]
   */
  function show(kind, words, stays) {
    window.clearTimeout(timer);
    box.hidden = false;
    box.dataset.kind = kind;
    fill(text, words);
    if (stays) timer = window.setTimeout(clear, stays);
  }

  function clear() {
    window.clearTimeout(timer);
    box.hidden = true;
    fill(text);
  }

  return {
    error: (words) => show("error", words),
    info: (words) => show("info", words, INFO_STAYS_MS),
    lasting: (words) => show("wait", words),
    clear,
  };
}
