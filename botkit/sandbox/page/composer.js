/**
 * Where a message is written: Enter sends, Shift+Enter makes a new line, `@` opens the list of people.
 *
 * The list follows the combobox pattern: the focus stays in the text, the arrows move the mark.
 */

import { avatar, botBadge } from "./avatar.js";
import { ChosenFiles } from "./chosen.js";
import { element, fill, icon } from "./dom.js";
import { composed } from "./richtext.js";

/** @typedef {import("./store.js").User} User */

const LONGEST = 10_000;
const MOST_PROPOSALS = 6;
/** An `@` at the start of a word, and what has been typed of the name. */
const MENTION = /(^|\s)@([^@\n]{0,40})$/u;

let lastId = 0;

export class Composer {
  #list;
  #files = new ChosenFiles();
  #text;
  #send;
  /** @type {User[]} */
  #proposals = [];
  #marked = 0;
  #sending = false;

  /**
   * @param {object} options
   * @param {string} options.label for screen readers, and the hint in the empty field
   * @param {() => User[]} options.people who can be mentioned
   * @param {(message: {content: string, mentionedUsers: string[], files: File[]}) => Promise<void>} options.send
   *   rejects when it could not be sent; text and files then stay
   * @param {() => void} [options.leave] Escape was pressed in the empty field
   */
  constructor({ label, people, send, leave }) {
    this.people = people;
    this.send = send;
    this.leave = leave;
    const id = `people-${++lastId}`;
    this.#list = element("ul", { id, class: "proposals", role: "listbox", "aria-label": "People to mention", hidden: true });
    this.#text = /** @type {HTMLTextAreaElement} */ (
      element("textarea", {
        class: "composer-text",
        rows: 1,
        maxlength: LONGEST,
        role: "combobox",
        "aria-autocomplete": "list",
        "aria-expanded": "false",
        "aria-controls": id,
        "aria-label": label,
        placeholder: label,
        enterkeyhint: "send",
        oninput: () => this.#propose(),
        onclick: () => this.#propose(),
        onblur: () => this.#close(),
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      })
    );
    this.#send = /** @type {HTMLButtonElement} */ (
      element("button", { type: "submit", class: "icon-button send", "aria-label": "Send" }, icon("send"))
    );
    this.element = element(
      "form",
      { class: "composer", onsubmit: (/** @type {Event} */ event) => void this.#submit(event) },
      this.#list,
      this.#files.element,
      this.#files.button,
      element("button", { type: "button", class: "icon-button", "aria-label": "Mention somebody", onclick: () => this.mention() }, icon("at")),
      this.#text,
      this.#send,
    );
  }

  /** What stands in the field. */
  get draft() {
    return this.#text.value;
  }

  set draft(text) {
    this.#text.value = text;
    this.#close();
  }

  /** @param {string} label */
  set label(label) {
    this.#text.setAttribute("aria-label", label);
    this.#text.placeholder = label;
  }

  focus() {
    this.#text.focus();
  }

  /**
   * Writes an `@` where the cursor is, and the name if given.
   *
   * @param {User} [user]
   */
  mention(user) {
    const at = this.#text.selectionStart;
    const before = this.#text.value.slice(0, at);
    const gap = before && !/\s$/.test(before) ? " " : "";
    this.#text.focus();
    this.#text.setRangeText(`${gap}@${user ? `${user.displayName} ` : ""}`, at, this.#text.selectionEnd, "end");
    this.#propose();
  }

  /** @param {Event} event */
  async #submit(event) {
    event.preventDefault();
    const typed = this.#text.value;
    const files = this.#files.files;
    if (!(typed.trim() || files.length) || this.#sending) return;
    this.#sending = true;
    this.#send.disabled = true;
    this.#close();
    try {
      await this.send({ ...composed(typed, this.people()), files });
      this.#files.clear();
      // What was typed meanwhile is the next message.
      if (this.#text.value.startsWith(typed)) this.#text.value = this.#text.value.slice(typed.length);
    } catch {
      // Whoever sends has told the person; the text is still here.
    } finally {
      this.#sending = false;
      this.#send.disabled = false;
      this.#text.focus({ preventScroll: true });
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    if (this.#proposals.length && this.#pickerKey(event.key)) {
      event.preventDefault();
    } else if (event.key === "Enter" && !event.shiftKey) {
      void this.#submit(event);
    } else if (event.key === "Escape" && !this.#text.value && this.leave) {
      event.preventDefault();
      this.leave();
    }
  }

  /**
   * @param {string} key
   * @returns {boolean} the key was for the list
   */
  #pickerKey(key) {
    const count = this.#proposals.length;
    if (key === "ArrowDown") this.#mark((this.#marked + 1) % count);
    else if (key === "ArrowUp") this.#mark((this.#marked + count - 1) % count);
    else if (key === "Enter" || key === "Tab") this.#pick(this.#proposals[this.#marked]);
    else if (key === "Escape") this.#close();
    else return false;
    return true;
  }

  #propose() {
    const found = MENTION.exec(this.#text.value.slice(0, this.#text.selectionStart));
    if (!found || document.activeElement !== this.#text) {
      this.#close();
      return;
    }
    const begun = found[2].toLowerCase();
    this.#proposals = this.people()
      .filter((user) => startsAWord(user.displayName.toLowerCase(), begun))
      .filter((user) => user.displayName.toLowerCase() !== begun.trimEnd())
      .slice(0, MOST_PROPOSALS);
    if (!this.#proposals.length) {
      this.#close();
      return;
    }
    fill(
      this.#list,
      this.#proposals.map((user, index) =>
        element(
          "li",
          {
            id: `${this.#list.id}-${index}`,
            role: "option",
            class: "proposal",
            // The text would lose the focus to a click, and the list would close under the pointer.
            onmousedown: (/** @type {Event} */ event) => event.preventDefault(),
            onclick: () => this.#pick(user),
          },
          avatar(user),
          element("span", { class: "ellipsis" }, user.displayName),
          user.bot ? botBadge() : null,
        ),
      ),
    );
    this.#list.hidden = false;
    this.#text.setAttribute("aria-expanded", "true");
    this.#mark(0);
  }

  /** @param {number} index */
  #mark(index) {
    this.#marked = index;
    [...this.#list.children].forEach((row, at) => row.setAttribute("aria-selected", String(at === index)));
    this.#text.setAttribute("aria-activedescendant", `${this.#list.id}-${index}`);
  }

  /** @param {User} user */
  #pick(user) {
    const at = this.#text.selectionStart;
    const found = MENTION.exec(this.#text.value.slice(0, at));
    if (!found) return;
    const from = found.index + found[1].length;
    this.#text.setRangeText(`@${user.displayName} `, from, at, "end");
    this.#close();
  }

  #close() {
    this.#proposals = [];
    this.#list.hidden = true;
    this.#text.setAttribute("aria-expanded", "false");
    this.#text.removeAttribute("aria-activedescendant");
  }
}

/**
 * @param {string} name
 * @param {string} begun
 */
function startsAWord(name, begun) {
  return name.startsWith(begun) || name.split(/\s+/).some((word) => word.startsWith(begun));
}
