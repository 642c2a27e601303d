/**
 * The middle pane: threads of one conversation, oldest first. A thread is a message and its replies, in one
 * card; elements are kept by item, so that a half-filled form or a reply being written survives what arrives.
 */

import { Composer } from "./composer.js";
import { arrange, element, fill, icon } from "./dom.js";
import { messageView, noteView } from "./message.js";
import { day, reason } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Item} Item */

/** How near to the end counts as reading the end, in pixels. */
const NEAR_END = 120;
/** Messages of one person this close together look like one. */
const SAME_BREATH_MS = 60_000;

/**
 * @typedef {object} Thread
 * @property {HTMLElement} node
 * @property {HTMLElement} root where the first message stands
 * @property {HTMLElement} replies
 * @property {HTMLElement} foot
 * @property {Item[]} items
 */

export class Messages {
  #convId = "";
  /** @type {Map<string, Thread>} by id of the first item */
  #threads = new Map();
  /** @type {Map<string, {item: Item, node: HTMLElement}>} */
  #views = new Map();
  /** @type {Map<string, HTMLElement>} separators by their words */
  #days = new Map();
  /** @type {HTMLElement | null} what the button leads to */
  #target = null;
  /** Whether the reader is at the end, by the last time the pane moved. */
  #atEnd = true;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.pane the scrolling element
   * @param {HTMLElement} parts.elsewhere the button that leads to what arrived out of sight
   * @param {Store} parts.store
   * @param {import("./status.js").Status} parts.status
   * @param {(user: import("./store.js").User) => void} parts.onMention the hint's button
   */
  constructor({ pane, elsewhere, store, status, onMention }) {
    this.pane = pane;
    this.elsewhere = elsewhere;
    this.store = store;
    this.status = status;
    this.onMention = onMention;
    store.addEventListener("selected", () => this.#open());
    store.addEventListener("items", () => this.#draw());
    store.addEventListener("item", (event) => {
      const { item, fresh } = /** @type {CustomEvent} */ (event).detail;
      if (item.convId === this.#convId && store.loaded(this.#convId)) this.#arrived(item, fresh);
    });
    elsewhere.addEventListener("click", () => {
      this.#target?.scrollIntoView({ block: "center" });
      this.#shown();
      pane.focus({ preventScroll: true });
    });
    pane.addEventListener("scroll", () => {
      this.#atEnd = this.pane.scrollHeight - this.pane.scrollTop - this.pane.clientHeight < NEAR_END;
      if (this.#target && visible(this.#target, pane)) this.#shown();
    });
    // Who reads the end goes on doing so when the window or the phone takes some of the room.
    new ResizeObserver(() => {
      if (this.#atEnd) this.pane.scrollTop = this.pane.scrollHeight;
    }).observe(pane);
  }

  #open() {
    this.#convId = this.store.selected;
    this.#threads.clear();
    this.#views.clear();
    this.#shown();
    this.#atEnd = true;
    fill(this.pane, this.store.loaded(this.#convId) ? null : element("p", { class: "quiet centred" }, "Loading…"));
    if (this.store.loaded(this.#convId)) this.#draw();
  }

  /** Draws what is not drawn yet, and puts everything in order. */
  #draw() {
    if (this.store.selected !== this.#convId || !this.store.loaded(this.#convId)) return;
    const first = this.#views.size === 0;
    const fromEnd = this.pane.scrollHeight - this.pane.scrollTop;
    const atEnd = first || this.#atEnd;
    // A screen reader shall hear what arrives, not what was there before.
    this.pane.setAttribute("aria-busy", "true");
    for (const item of this.store.items(this.#convId)) this.#put(item);
    this.#arrange();
    this.pane.setAttribute("aria-busy", "false");
    // Older messages grow the list at its top; the eye stays where it was.
    this.pane.scrollTop = atEnd ? this.pane.scrollHeight : this.pane.scrollHeight - fromEnd;
  }

  /**
   * @param {Item} item
   * @param {boolean} fresh
   */
  #arrived(item, fresh) {
    this.#put(item);
    this.#arrange();
    if (!fresh) return;
    const node = this.#views.get(item.itemId)?.node;
    const thread = /** @type {Thread} */ (this.#threads.get(item.parentItemId ?? item.itemId));
    if (thread.node.contains(document.activeElement)) {
      // Whoever is writing a reply keeps the field in sight, below what just came.
      thread.foot.scrollIntoView({ block: "nearest" });
    } else if (thread.node === this.pane.lastElementChild && (this.#atEnd || item.creatorId === this.store.me)) {
      this.pane.scrollTop = this.pane.scrollHeight;
    } else if (item.creatorId === this.store.me) {
      node?.scrollIntoView({ block: "nearest" });
    }
    if (node && !visible(node, this.pane)) {
      const above = node.getBoundingClientRect().top < this.pane.getBoundingClientRect().top;
      fill(this.elsewhere, icon(above ? "up" : "down"), `New from ${this.store.user(item.creatorId).displayName}`);
      this.elsewhere.hidden = false;
      this.#target = node;
    }
  }

  /** Takes the button away: what it led to has been seen. */
  #shown() {
    this.elsewhere.hidden = true;
    this.#target = null;
  }

  /**
   * Draws an item into its thread, unless the very same is there.
   *
   * @param {Item} item
   */
  #put(item) {
    const known = this.#views.get(item.itemId);
    if (known && sameFace(known.item, item)) return;
    const node = this.#view(item);
    this.#views.set(item.itemId, { item, node });
    const thread = this.#thread(item.parentItemId ?? item.itemId);
    thread.items = [...thread.items.filter((one) => one.itemId !== item.itemId), item].sort(
      (a, b) => a.creationTime - b.creationTime,
    );
    if (item.parentItemId) {
      this.#arrangeReplies(thread);
    } else {
      fill(thread.root, node);
      thread.foot.hidden = item.type !== "TEXT";
      thread.node.classList.toggle("note-thread", item.type !== "TEXT");
    }
    thread.replies.hidden = !thread.replies.childElementCount;
  }

  /**
   * Replies in order; who goes on speaking is not announced to the eye again.
   *
   * @param {Thread} thread
   */
  #arrangeReplies(thread) {
    const replies = thread.items.filter((one) => one.parentItemId);
    const nodes = replies.map((one) => /** @type {any} */ (this.#views.get(one.itemId)).node);
    arrange(thread.replies, nodes);
    replies.forEach((one, at) => nodes[at].classList.toggle("continued", at > 0 && continues(replies[at - 1], one)));
  }

  /** @param {Item} item */
  #view(item) {
    if (item.type !== "TEXT") return noteView(item, this.store);
    return messageView(item, this.store, async (form) => {
      try {
        await this.store.submitForm(item.itemId, form);
      } catch (error) {
        this.status.error(`Your answer was not sent. ${reason(error)}`);
        throw error;
      }
    });
  }

  /**
   * @param {string} id
   * @returns {Thread}
   */
  #thread(id) {
    const known = this.#threads.get(id);
    if (known) return known;
    const root = element("div", {}, element("p", { class: "quiet" }, "An earlier message"));
    const replies = element("div", { class: "replies", hidden: true });
    const foot = element("div", { class: "thread-foot" });
    const node = element("section", { class: "thread", "aria-label": "Thread" }, root, replies, foot);
    const thread = { node, root, replies, foot, items: [] };
    this.#threads.set(id, thread);
    this.#offerReply(thread, id);
    return thread;
  }

  /**
   * @param {Thread} thread
   * @param {string} parentId
   */
  #offerReply(thread, parentId) {
    const convId = this.#convId;
    const open = element("button", { type: "button", class: "button link reply" }, icon("reply"), "Reply");
    const composer = new Composer({
      label: "Write a reply",
      people: () => this.#people(),
      send: (message) => this.send(convId, { ...message, parentId }),
      leave: () => {
        fill(thread.foot, open);
        open.focus();
      },
    });
    open.addEventListener("click", () => {
      fill(thread.foot, composer.element);
      composer.focus();
      thread.foot.scrollIntoView({ block: "nearest" });
    });
    fill(thread.foot, open);
  }

  /**
   * Posts, and says so in plain words when it fails.
   *
   * @param {string} convId
   * @param {{content: string, mentionedUsers: string[], parentId?: string, files?: File[]}} message
   */
  async send(convId, message) {
    try {
      await this.store.post(convId, message);
    } catch (error) {
      this.status.error(`Your message was not sent. ${reason(error)}`);
      throw error;
    }
  }

  #people() {
    const one = this.store.conversations.get(this.#convId);
    return one ? this.store.others(one) : [];
  }

  /** Threads by their first message, a line before each new day, the way to older ones on top. */
  #arrange() {
    const threads = [...this.#threads.values()].sort((a, b) => began(a) - began(b));
    /** @type {HTMLElement[]} */
    const wanted = [];
    let last = "";
    if (this.store.hasOlder(this.#convId)) wanted.push(this.#older());
    for (const thread of threads) {
      const now = day(began(thread));
      if (now !== last) wanted.push(this.#day(now));
      last = now;
      wanted.push(thread.node);
    }
    arrange(this.pane, threads.some((one) => one.items.some((item) => item.type === "TEXT")) ? wanted : [...wanted, this.#hint()]);
  }

  /** @param {string} name */
  #day(name) {
    const known = this.#days.get(name);
    if (known) return known;
    const made = element("h3", { class: "day" }, element("span", {}, name));
    this.#days.set(name, made);
    return made;
  }

  #older() {
    const convId = this.#convId;
    const button = element("button", { type: "button", class: "button subtle older" }, "Earlier messages");
    button.addEventListener("click", async () => {
      try {
        await this.store.loadOlder(convId);
        // The button has gone, or is another one; the keyboard stays in the messages.
        this.pane.focus({ preventScroll: true });
      } catch (error) {
        this.status.error(`Earlier messages could not be loaded. ${reason(error)}`);
      }
    });
    return button;
  }

  /** What a newcomer can do in an empty conversation. */
  #hint() {
    const bot = this.#people().find((user) => user.bot);
    const alone = this.store.conversations.get(this.#convId)?.type === "DIRECT";
    let words = "Say hello.";
    if (bot && alone) words = `Say hello to ${bot.displayName}, or call it.`;
    else if (bot) words = `Mention ${bot.displayName} to start a conversation with the bot.`;
    return element(
      "div",
      { class: "hint" },
      element("p", { class: "hint-title" }, "Nothing here yet."),
      element("p", { class: "quiet" }, words),
      bot && !alone
        ? element("button", { type: "button", class: "button", onclick: () => this.onMention(bot) }, icon("at"), `Mention ${bot.displayName}`)
        : null,
    );
  }
}

/**
 * @param {Item} before
 * @param {Item} item
 */
function continues(before, item) {
  return before.creatorId === item.creatorId && item.creationTime - before.creationTime < SAME_BREATH_MS;
}

/**
 * @param {Thread} thread
 * @returns {number}
 */
function began(thread) {
  return thread.items[0]?.creationTime ?? 0;
}

/**
 * @param {Item} a
 * @param {Item} b
 */
function sameFace(a, b) {
  return a === b || (a.modificationTime === b.modificationTime && JSON.stringify(a) === JSON.stringify(b));
}

/**
 * @param {HTMLElement} node
 * @param {HTMLElement} pane
 */
function visible(node, pane) {
  const inner = node.getBoundingClientRect();
  const outer = pane.getBoundingClientRect();
  return inner.top < outer.bottom && inner.bottom > outer.top;
}
