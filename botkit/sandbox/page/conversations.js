/** The left pane: conversations, newest activity first, and the people one could write to. */

import { avatar, botBadge, groupAvatar } from "./avatar.js";
import { arrange, byId, element, fill } from "./dom.js";
import { plainText } from "./richtext.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Conversation} Conversation */

export class ConversationList {
  #list = byId("conversation-list");
  #people = byId("people-list");
  /** @type {Map<string, HTMLElement>} rows by conversation or user id, kept so that focus stays put */
  #rows = new Map();

  /**
   * @param {Store} store
   * @param {(convId: string) => void} onOpen
   * @param {(userId: string) => void} onPerson
   */
  constructor(store, onOpen, onPerson) {
    this.store = store;
    this.onOpen = onOpen;
    this.onPerson = onPerson;
    store.addEventListener("conversations", () => this.draw());
  }

  draw() {
    const conversations = [...this.store.conversations.values()].sort((a, b) => b.lastActivity - a.lastActivity);
    arrange(this.#list, conversations.length ? conversations.map((one) => this.#conversation(one)) : [nothing()]);
    const reached = new Set(
      conversations.filter((one) => one.type === "DIRECT").flatMap((one) => one.members),
    );
    const rest = [...this.store.users.values()]
      .filter((user) => user.userId !== this.store.me && !reached.has(user.userId))
      .sort((a, b) => Number(b.bot) - Number(a.bot) || a.displayName.localeCompare(b.displayName));
    arrange(this.#people, rest.map((user) => this.#person(user)));
    byId("people").hidden = rest.length === 0;
  }

  /** @param {Conversation} one */
  #conversation(one) {
    const row = this.#row(one.convId, () => this.onOpen(one.convId));
    const button = /** @type {HTMLElement} */ (row.firstElementChild);
    const others = this.store.others(one);
    const unread = this.store.unread.get(one.convId) ?? 0;
    if (one.convId === this.store.selected) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    const title = this.store.title(one);
    fill(
      button,
      one.type === "DIRECT" && others[0] ? avatar(others[0]) : groupAvatar(),
      element(
        "span",
        { class: "row-text" },
        rowTitle(title, one.type === "DIRECT" && Boolean(others[0]?.bot)),
        element("span", { class: "row-detail ellipsis" }, this.#preview(one)),
      ),
      unread ? element("span", { class: "unread" }, unread, element("span", { class: "hidden" }, " new")) : null,
    );
    return row;
  }

  /** @param {import("./store.js").User} user */
  #person(user) {
    const row = this.#row(user.userId, () => this.onPerson(user.userId));
    fill(
      /** @type {HTMLElement} */ (row.firstElementChild),
      avatar(user),
      element(
        "span",
        { class: "row-text" },
        rowTitle(user.displayName, user.bot),
      ),
    );
    return row;
  }

  /**
   * @param {Conversation} one
   * @returns {string} the last words if they are known, else who is in it
   */
  #preview(one) {
    const last = this.store.items(one.convId).filter((item) => item.type === "TEXT").at(-1);
    if (last?.text?.content) {
      const who = last.creatorId === this.store.me ? "You: " : "";
      return who + plainText(last.text.content, last.text.contentType).slice(0, 120);
    }
    if (one.type === "DIRECT") return "Direct conversation";
    return this.store.others(one).map((user) => user.displayName).join(", ");
  }

  /**
   * @param {string} id
   * @param {() => void} onClick
   */
  #row(id, onClick) {
    let row = this.#rows.get(id);
    if (!row) {
      row = element("li", {}, element("button", { type: "button", class: "row", "data-id": id, onclick: onClick }));
      this.#rows.set(id, row);
    }
    return row;
  }
}

function nothing() {
  return element("li", { class: "quiet empty-row" }, "No conversations yet.");
}

/**
 * @param {string} name
 * @param {boolean} bot
 */
function rowTitle(name, bot) {
  return element("span", { class: "row-title" }, element("span", { class: "ellipsis" }, name), bot ? botBadge() : null);
}
