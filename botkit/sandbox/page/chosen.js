/** Files that are to go with the message that is being written: chosen, listed, taken out again, uploaded. */

import { element, fill, icon } from "./dom.js";
import { size } from "./words.js";

/** Of one message; the server takes no more. */
const MOST = 10;

export class ChosenFiles {
  /** @type {File[]} */
  files = [];
  #input;
  #said;

  /** @param {() => void} [changed] called when a file was added or taken out */
  constructor(changed) {
    this.changed = changed;
    this.#input = /** @type {HTMLInputElement} */ (
      element("input", { type: "file", multiple: true, hidden: true, onchange: () => this.#add() })
    );
    this.button = element(
      "button",
      { type: "button", class: "icon-button attach", "aria-label": "Attach files", onclick: () => this.#input.click() },
      icon("clip"),
    );
    this.list = element("ul", { class: "chosen", "aria-label": "Files to send", hidden: true });
    this.#said = element("span", { class: "hidden", role: "status" });
    this.element = element("div", { class: "chosen-files" }, this.#input, this.list, this.#said);
  }

  clear() {
    this.files = [];
    this.#show("");
  }

  #add() {
    const added = [...(this.#input.files ?? [])].slice(0, MOST - this.files.length);
    // The same file can be chosen again once it was taken out.
    this.#input.value = "";
    this.files = [...this.files, ...added];
    this.#show(`${added.length === 1 ? added[0].name : `${added.length} files`} attached`);
  }

  /** @param {File} file */
  #drop(file) {
    this.files = this.files.filter((one) => one !== file);
    this.#show(`${file.name} taken out`);
    this.button.focus();
  }

  /** @param {string} said for screen readers */
  #show(said) {
    fill(
      this.list,
      this.files.map((file) =>
        element(
          "li",
          { class: "chosen-file" },
          icon("file"),
          element("span", { class: "ellipsis" }, file.name),
          element("span", { class: "quiet" }, size(file.size)),
          element(
            "button",
            { type: "button", class: "icon-button", "aria-label": `Take out ${file.name}`, onclick: () => this.#drop(file) },
            icon("close"),
          ),
        ),
      ),
    );
    this.list.hidden = !this.files.length;
    this.#said.textContent = said;
    this.changed?.();
  }
}

/**
 * Uploads the files of one message, in order.
 *
 * @param {File[]} files
 * @returns {Promise<{fileId: string, fileName: string, mimeType: string, size: number, itemId: string}[]>} as
 *   the message that they go with names them
 */
export async function upload(files) {
  /** @type {{fileId: string, fileName: string, mimeType: string, size: number, itemId: string}[]} */
  const uploaded = [];
  for (const file of files) {
    const item = uploaded.length ? uploaded[0].itemId : "NULL";
    const answer = await fetch(`/fileapi?${new URLSearchParams({ itemid: item })}`, {
      method: "POST",
      headers: {
        "Content-Type": file.type || "application/octet-stream",
        "Content-Disposition": `attachment; filename="${encodeURIComponent(file.name)}"`,
      },
      body: file,
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(`${file.name}: ${told.error_description}`);
    uploaded.push({
      fileId: told[0].fileid.at(-1),
      fileName: file.name,
      mimeType: told[0].mimeType,
      size: file.size,
      itemId: told[0].id,
    });
  }
  return uploaded;
}
