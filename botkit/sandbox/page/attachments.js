/** Files that came with a message: sound to be played in place, everything else to be saved. */

import { element, icon } from "./dom.js";
import { size } from "./words.js";

/**
 * @typedef {object} Attachment as the wire has it
 * @property {string} fileId
 * @property {string} fileName
 * @property {string} mimeType
 * @property {number} size bytes
 * @property {string} itemId
 */

/**
 * @param {import("./store.js").Item} item
 * @returns {HTMLElement | null} null when nothing came with it
 */
export function attachmentList(item) {
  /** @type {Attachment[]} */
  const attachments = item.attachments ?? [];
  if (!attachments.length) return null;
  return element("ul", { class: "attachments", "aria-label": "Files" }, attachments.map(attachmentView));
}

/** @param {Attachment} attachment */
function attachmentView(attachment) {
  const name = attachment.fileName || "File";
  const address = addressOf(attachment);
  return element(
    "li",
    { class: "attachment" },
    String(attachment.mimeType).startsWith("audio/")
      ? element("audio", { controls: true, preload: "metadata", src: address, "aria-label": `Play ${name}` })
      : null,
    element(
      "a",
      { class: "attachment-link", href: address, download: name },
      icon("file"),
      element("span", { class: "attachment-name" }, name),
      element("span", { class: "quiet attachment-size" }, size(attachment.size ?? 0)),
    ),
  );
}

/**
 * The name stays out of the path, where one such as `..` would lead elsewhere; the server sends it along.
 *
 * @param {Attachment} attachment
 */
function addressOf({ fileId, itemId }) {
  return `/fileapi?${new URLSearchParams({ fileid: fileId, itemid: itemId })}`;
}
