/**
 * What the page knows: people, conversations, items. It asks the server, folds events in, and says what
 * changed; it draws nothing.
 *
 * Events: `conversations` (list or people changed), `item` {item, fresh} (`fresh`: it arrived just now),
 * `items` {convId} (many at once), `selected` {convId}.
 */

import { upload } from "./chosen.js";

/** @typedef {import("./session.js").Session} Session */
/** @typedef {import("./wire.js").WireEvent} WireEvent */

/**
 * @typedef {object} User
 * @property {string} userId
 * @property {string} displayName
 * @property {boolean} bot
 */

/**
 * @typedef {object} Conversation
 * @property {string} convId
 * @property {"DIRECT" | "GROUP" | "OPEN" | "LARGE"} type
 * @property {string} topic
 * @property {string} creatorId
 * @property {string} rtcSessionId
 * @property {string[]} members user ids, the visitor's own among them
 * @property {number} lastActivity milliseconds since the epoch
 */

/** @typedef {Record<string, any>} Item the wire's item, as it came */

/** How many items one request asks for. */
const PAGE = 100;
const CONVERSATIONS = 200;

export class Store extends EventTarget {
  /** @type {Map<string, User>} */
  users = new Map();
  /** @type {Map<string, Conversation>} */
  conversations = new Map();
  /** @type {Map<string, number>} unread messages since the page was opened, by conversation */
  unread = new Map();
  /** @type {string} the conversation on show */
  selected = "";

  /** @type {Map<string, Map<string, Item>>} items by conversation; absent = not loaded */
  #items = new Map();
  /** @type {Set<string>} conversations with older items on the server */
  #older = new Set();

  /** @param {Session} session */
  constructor(session) {
    super();
    this.session = session;
    session.addEventListener("wire", (event) => this.#apply(/** @type {CustomEvent} */ (event).detail));
  }

  /** The visitor's own user id. */
  get me() {
    return this.session.userId;
  }

  /**
   * Loads the list anew, after a logon. Items of conversations that are not on show are forgotten: they may
   * have gaps, and are asked for again when opened.
   */
  async refresh() {
    const answer = await orNothing(
      this.session.request("CONVERSATION", "GET_CONVERSATIONS", {
        getConversations: {
          userId: this.me,
          direction: "BEFORE",
          number: CONVERSATIONS,
          filter: "ALL",
          sortByLastItem: true,
        },
      }),
    );
    const listed = answer.getConversations?.conversations ?? [];
    this.conversations = new Map(listed.map((/** @type {any} */ raw) => [raw.convId, conversation(raw)]));
    for (const convId of [...this.#items.keys()]) if (convId !== this.selected) this.#items.delete(convId);
    await this.#learnUsers([this.me, ...[...this.conversations.values()].flatMap((one) => one.members)]);
    this.#changed("conversations");
    if (this.selected && this.conversations.has(this.selected)) await this.#loadItems(this.selected);
  }

  /**
   * Puts a conversation on show and loads its items if need be.
   *
   * @param {string} convId
   */
  async select(convId) {
    this.selected = convId;
    this.unread.delete(convId);
    this.#changed("selected", { convId });
    this.#changed("conversations");
    if (!this.#items.has(convId)) await this.#loadItems(convId);
  }

  /**
   * @param {string} convId
   * @returns {Item[]} oldest first
   */
  items(convId) {
    return [...(this.#items.get(convId)?.values() ?? [])].sort((a, b) => a.creationTime - b.creationTime);
  }

  /** @param {string} convId */
  loaded(convId) {
    return this.#items.has(convId);
  }

  /** @param {string} convId */
  hasOlder(convId) {
    return this.#older.has(convId);
  }

  /** @param {string} convId */
  async loadOlder(convId) {
    const oldest = this.items(convId)[0];
    if (oldest) await this.#loadItems(convId, oldest.creationTime);
  }

  /**
   * @param {string} userId
   * @returns {User}
   */
  user(userId) {
    return this.users.get(userId) ?? { userId, displayName: "Somebody", bot: false };
  }

  /**
   * @param {Conversation} one
   * @returns {User[]} everybody in it but the visitor; bots first, since they are what this page is for
   */
  others(one) {
    return one.members
      .filter((id) => id !== this.me)
      .map((id) => this.user(id))
      .sort((a, b) => Number(b.bot) - Number(a.bot) || a.displayName.localeCompare(b.displayName));
  }

  /**
   * @param {Conversation} one
   * @returns {string}
   */
  title(one) {
    if (one.type !== "DIRECT" && one.topic) return one.topic;
    return this.others(one).map((user) => user.displayName).join(", ") || "Just you";
  }

  /**
   * Finds the direct conversation with somebody, or starts it.
   *
   * @param {string} userId
   * @returns {Promise<Conversation>}
   */
  async direct(userId) {
    const known = [...this.conversations.values()].find(
      (one) => one.type === "DIRECT" && one.members.includes(userId) && one.members.includes(this.me),
    );
    if (known) return known;
    const answer = await this.session.request("CONVERSATION", "CREATE", {
      create: { type: "DIRECT", participants: [{ userId }, { userId: this.me }] },
    });
    return this.#keep(answer.create.conversation);
  }

  /**
   * @param {string} convId
   * @param {{content: string, mentionedUsers: string[], parentId?: string, files?: File[]}} message `content` is
   *   RICH
   */
  async post(convId, { content, mentionedUsers, parentId, files = [] }) {
    const attachmentMetaData = files.length ? await upload(files) : undefined;
    const answer = await this.session.request("CONVERSATION", "ADD_TEXT_ITEM", {
      addTextItem: {
        convId,
        parentId,
        contentType: "RICH",
        content,
        mentionedUsers: mentionedUsers.length ? mentionedUsers : undefined,
        attachmentMetaData,
      },
    });
    this.#keepItem(answer.addTextItem.item, true);
  }

  /**
   * @param {string} itemId
   * @param {{id: string, data: {name: string, value: string}[]}} form
   */
  async submitForm(itemId, form) {
    await this.session.request("CPAAS", "SUBMIT_FORM_DATA", { submitFormData: { itemId, form } });
  }

  /**
   * @param {string} convId
   * @param {number} [before] creation time, milliseconds; now if left out
   */
  async #loadItems(convId, before) {
    const answer = await orNothing(
      this.session.request("CONVERSATION", "GET_ITEMS_BY_CONVERSATION", {
        getItemsByConversation: { convId, creationDate: before, direction: "BEFORE", number: PAGE },
      }),
    );
    /** @type {Item[]} */
    const found = answer.getItemsByConversation?.items ?? [];
    const kept = this.#items.get(convId) ?? new Map();
    const isFirst = kept.size === 0 || before !== undefined;
    for (const item of found) kept.set(item.itemId, item);
    this.#items.set(convId, kept);
    if (isFirst) {
      if (found.length >= PAGE) this.#older.add(convId);
      else this.#older.delete(convId);
    }
    await this.#learnUsers(found.map((item) => item.creatorId));
    this.#changed("items", { convId });
  }

  /**
   * Asks for the users not known yet.
   *
   * @param {string[]} ids
   */
  async #learnUsers(ids) {
    const unknown = [...new Set(ids)].filter((id) => id && !this.users.has(id));
    if (!unknown.length) return;
    const answer = await orNothing(
      this.session.request("USER", "GET_USERS_BY_IDS", { usersByIds: { userIds: unknown, complete: true } }),
    );
    for (const raw of answer.usersByIds?.user ?? []) this.users.set(raw.userId, user(raw));
  }

  /** @param {WireEvent} event */
  #apply({ category, action, body }) {
    if (category === "USER" && action === "USER_UPDATED") {
      this.users.set(body.userUpdated.user.userId, user(body.userUpdated.user));
      this.#changed("conversations");
    }
    if (category !== "CONVERSATION") return;
    if (action === "ADD_ITEM") this.#keepItem(body.addItem.item, true);
    else if (action === "UPDATE_ITEM") this.#keepItem(body.updateItem.item, false);
    else if (action === "CREATE") void this.#keep(body.create.conversation);
    else if (action === "UPDATE") void this.#keep(body.update.conversation);
    else if (action === "DELETE") this.#forget(body.convId);
  }

  /**
   * @param {any} raw
   * @returns {Promise<Conversation>}
   */
  async #keep(raw) {
    const one = conversation(raw);
    if (!one.members.includes(this.me)) {
      this.#forget(one.convId);
      return one;
    }
    this.conversations.set(one.convId, one);
    await this.#learnUsers(one.members);
    this.#changed("conversations");
    return one;
  }

  /** @param {string} convId */
  #forget(convId) {
    this.conversations.delete(convId);
    this.#items.delete(convId);
    this.#changed("conversations");
  }

  /**
   * The same item may come twice, as the answer to a post and as an event; it is fresh only once.
   *
   * @param {Item} item
   * @param {boolean} added
   */
  #keepItem(item, added) {
    const items = this.#items.get(item.convId);
    const fresh = added && !items?.has(item.itemId);
    items?.set(item.itemId, item);
    const one = this.conversations.get(item.convId);
    if (one) one.lastActivity = Math.max(one.lastActivity, item.creationTime ?? 0);
    if (fresh && item.convId !== this.selected && item.creatorId !== this.me && item.type === "TEXT") {
      this.unread.set(item.convId, (this.unread.get(item.convId) ?? 0) + 1);
    }
    void this.#learnUsers([item.creatorId]).then(() => {
      this.#changed("conversations");
      this.#changed("item", { item, fresh });
    });
  }

  /**
   * @param {string} name
   * @param {object} [detail]
   */
  #changed(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/**
 * A list without hits is `NO_RESULT` on this wire.
 *
 * @param {Promise<Record<string, any>>} request
 * @returns {Promise<Record<string, any>>}
 */
async function orNothing(request) {
  try {
    return await request;
  } catch (error) {
    if (/** @type {any} */ (error).code === "NO_RESULT") return {};
    throw error;
  }
}

/**
 * @param {any} raw
 * @returns {Conversation}
 */
function conversation(raw) {
  return {
    convId: raw.convId,
    type: raw.type,
    topic: raw.topic || raw.topicPlaceholder || "",
    creatorId: raw.creatorId ?? "",
    rtcSessionId: raw.rtcSessionId ?? "",
    members: (raw.participants ?? []).map((/** @type {any} */ one) => one.userId),
    lastActivity: raw.lastItemModificationTime ?? raw.modificationTime ?? 0,
  };
}

/**
 * @param {any} raw
 * @returns {User}
 */
function user(raw) {
  const name = raw.displayName || [raw.firstName, raw.lastName].filter(Boolean).join(" ");
  return { userId: raw.userId, displayName: name || raw.emailAddress || "Somebody", bot: raw.userType === "BOT" };
}
