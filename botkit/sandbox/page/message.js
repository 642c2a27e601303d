/** One message, or one note of the conversation's history, as an element. */

import { attachmentList } from "./attachments.js";
import { avatar, botBadge } from "./avatar.js";
import { element, icon } from "./dom.js";
import { formView } from "./forms.js";
import { richText } from "./richtext.js";
import { clock, duration } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Item} Item */

/**
 * @param {Item} item of type TEXT
 * @param {Store} store
 * @param {Parameters<typeof formView>[1]} submit
 * @returns {HTMLElement}
 */
export function messageView(item, store, submit) {
  const author = store.user(item.creatorId);
  const mine = item.creatorId === store.me;
  return element(
    "article",
    { class: mine ? "message mine" : "message", "data-item": item.itemId },
    avatar(author),
    element(
      "div",
      { class: "message-main" },
      element(
        "header",
        { class: "message-head" },
        element("strong", { class: "message-author" }, mine ? "You" : author.displayName),
        author.bot ? botBadge() : null,
        element("time", { datetime: new Date(item.creationTime).toISOString() }, clock(item.creationTime)),
        item.text.state === "EDITED" ? element("span", { class: "quiet" }, "edited") : null,
      ),
      body(item, store),
      item.text.state !== "DELETED" ? attachmentList(item) : null,
      item.text.formMetaData?.controls && item.text.state !== "DELETED"
        ? formView(item.text.formMetaData, submit)
        : null,
      likes(item, store),
    ),
  );
}

/**
 * @param {Item} item of another type: somebody came, a call ended
 * @param {Store} store
 * @returns {HTMLElement}
 */
export function noteView(item, store) {
  return element(
    "p",
    { class: "note", "data-item": item.itemId },
    note(item, store),
    " ",
    element("time", { datetime: new Date(item.creationTime).toISOString() }, clock(item.creationTime)),
  );
}

/**
 * @param {Item} item
 * @param {Store} store
 */
function body(item, store) {
  const { text } = item;
  if (text.state === "DELETED") return element("p", { class: "message-body quiet" }, "This message was deleted.");
  const content = String(text.content ?? "");
  if (!content && !text.subject && item.attachments?.length) return null;
  return element(
    "div",
    { class: text.contentType === "PLAIN" ? "message-body plain" : "message-body" },
    text.subject ? element("h4", { class: "message-subject" }, text.subject) : null,
    text.contentType === "PLAIN" ? content : richText(content, store.me),
  );
}

/**
 * Who likes it, in words.
 *
 * @param {Item} item
 * @param {Store} store
 */
function likes(item, store) {
  const names = (item.text.likedByUsers ?? []).map((/** @type {string} */ id) =>
    id === store.me ? "you" : store.user(id).displayName,
  );
  if (!names.length) return null;
  return element("p", { class: "message-likes" }, icon("like"), `Liked by ${names.join(", ")}`);
}

/**
 * @param {Item} item
 * @param {Store} store
 * @returns {string}
 */
function note(item, store) {
  const who = item.creatorId === store.me ? "You" : store.user(item.creatorId).displayName;
  if (item.type === "RTC") {
    const rtc = item.rtc ?? {};
    if (rtc.type === "MISSED") return missed(item, store);
    if (rtc.type !== "ENDED") return `${who} started a call.`;
    const length = rtc.ended?.duration;
    return length ? `The call ended after ${duration(length)}.` : "The call ended.";
  }
  const system = item.system ?? {};
  const affected = (system.affectedParticipants ?? [])
    .map((/** @type {any} */ one) => (one.userId === store.me ? "you" : store.user(one.userId).displayName))
    .join(", ");
  switch (system.type) {
    case "CONVERSATION_CREATED":
      return `${who} started this conversation.`;
    case "PARTICIPANT_ADDED":
      return `${who} added ${affected || "somebody"}.`;
    case "PARTICIPANT_REMOVED":
      return affected ? `${who} removed ${affected}.` : `${who} left.`;
    case "CONVERSATION_RENAMED":
      return `${who} renamed the conversation${system.newTopic ? ` to “${system.newTopic}”` : ""}.`;
    default:
      return `${who} changed the conversation.`;
  }
}

/**
 * @param {Item} item of a call that nobody took
 * @param {Store} store
 */
function missed(item, store) {
  if (item.creatorId === store.me) return "Your call was not answered.";
  return `${store.user(item.creatorId).displayName} called, and was not answered.`;
}
