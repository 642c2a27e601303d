/**
 * Forms inside messages: what `formMetaData` of an item asks, drawn with the browser's own controls.
 *
 * A submission is a list of names and values. A checkbox with several marks is one value, joined by commas,
 * since the other side reads one value per name.
 */

import { element, fill, icon } from "./dom.js";

/** @typedef {{name: string, value: string}} Entry */
/** @typedef {{text?: string, value?: string, defaultValue?: string, action?: string, notification?: string}} Option */

const MOST_CONTROLS = 200;
const LONGEST_INPUT = 4000;
/** Kinds whose caption is worth more than a line of text above them. */
const CAPTIONED = new Set(["INPUT", "DROPDOWN", "RADIO", "CHECKBOX"]);

let lastId = 0;

/**
 * @param {Record<string, any>} form the wire's `formMetaData`
 * @param {(form: {id: string, data: Entry[]}) => Promise<void>} submit rejects when it failed, and has said so
 * @returns {HTMLElement}
 */
export function formView(form, submit) {
  const controls = element("fieldset", { class: "form-controls" });
  const outcome = element("p", { class: "form-outcome", role: "status" });
  const node = /** @type {HTMLFormElement} */ (
    element(
      "form",
      { class: "form", "aria-label": form.title || "Form", autocomplete: "off" },
      form.title ? element("h4", { class: "form-title" }, form.title) : null,
      controls,
      outcome,
    )
  );
  /** @type {(() => Entry[])[]} how to read each control */
  const readers = [];

  /**
   * @param {Option} option
   * @param {string} [name] of the button row
   */
  async function send(option, name) {
    if (option.action === "reset") {
      node.reset();
      return;
    }
    const data = readers.flatMap((read) => read());
    if (name) data.push({ name, value: option.value ?? option.text ?? "" });
    controls.setAttribute("disabled", "");
    fill(outcome, "Sending…");
    try {
      await submit({ id: String(form.id), data });
      answered(option);
    } catch {
      controls.removeAttribute("disabled");
      fill(outcome);
    }
  }

  /** @param {Option} option */
  function answered(option) {
    const again = element("button", { type: "button", class: "button link" }, "Answer again");
    again.addEventListener("click", () => {
      controls.removeAttribute("disabled");
      fill(outcome);
      /** @type {HTMLElement | null} */ (controls.querySelector("input, select, textarea, button"))?.focus();
    });
    const words = option.notification || (option.text ? `You chose “${option.text}”.` : "Sent.");
    const hadFocus = node.contains(document.activeElement) || document.activeElement === document.body;
    fill(outcome, icon("check"), element("span", {}, words), again);
    // A disabled button drops the focus; the next thing in the form takes it.
    if (hadFocus) again.focus({ preventScroll: true });
  }

  for (const control of captioned((form.controls ?? []).slice(0, MOST_CONTROLS))) {
    const drawn = drawControl(control, send);
    if (!drawn) continue;
    controls.append(drawn.node);
    if (drawn.read) readers.push(drawn.read);
  }
  // Enter in a text field presses the first button that submits.
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    /** @type {HTMLElement | null} */ (node.querySelector("button[data-submits]"))?.click();
  });
  return node;
}

/**
 * On the wire a control has no caption of its own: the label before it is its caption. Here it becomes one, so
 * that a screen reader says it, and a click on it goes into the field.
 *
 * @param {Record<string, any>[]} controls
 * @returns {Record<string, any>[]}
 */
function captioned(controls) {
  return controls.flatMap((control, at) => {
    const captions = (/** @type {any} */ one, /** @type {any} */ next) =>
      kind(one) === "LABEL" && next && CAPTIONED.has(kind(next)) && !next.text;
    if (captions(control, controls[at + 1])) return [];
    const before = controls[at - 1];
    return before && captions(before, control) ? [{ ...control, text: before.text }] : [control];
  });
}

/** @param {Record<string, any>} control */
function kind(control) {
  return String(control.type).toUpperCase();
}

/**
 * @param {Record<string, any>} control
 * @param {(option: Option, name?: string) => Promise<void>} send
 * @returns {{node: HTMLElement, read?: () => Entry[]} | null} null for a kind this page does not know
 */
function drawControl(control, send) {
  switch (kind(control)) {
    case "LABEL":
      return { node: element("p", { class: "form-label" }, control.text ?? control.value ?? "") };
    case "SPACER":
      return { node: element("div", { class: "form-spacer" }) };
    case "INPUT":
      return input(control);
    case "DROPDOWN":
      return dropdown(control);
    case "RADIO":
      return choices(control, "radio");
    case "CHECKBOX":
      return choices(control, "checkbox");
    case "BUTTON":
      return buttons(control, send);
    default:
      return null;
  }
}

/** @param {Record<string, any>} control */
function input(control) {
  const id = `field-${++lastId}`;
  const value = control.value ?? control.defaultValue ?? "";
  const several = Number(control.rows) > 1;
  const field = several
    ? element("textarea", { id, rows: Math.min(Number(control.rows), 12), maxlength: LONGEST_INPUT }, value)
    : element("input", { id, type: "text", value, maxlength: LONGEST_INPUT });
  if (!control.text) field.setAttribute("aria-label", control.name || "Answer");
  return {
    node: labelled(control.text, id, field),
    read: () => entry(control.name, /** @type {HTMLInputElement} */ (field).value),
  };
}

/** @param {Record<string, any>} control */
function dropdown(control) {
  const id = `field-${++lastId}`;
  const chosen = control.defaultValue ?? control.value;
  const field = /** @type {HTMLSelectElement} */ (
    element(
      "select",
      { id, "aria-label": control.text ? null : control.name || "Choice" },
      options(control).map((option) =>
        element("option", { value: worth(option), selected: worth(option) === chosen }, option.text ?? worth(option)),
      ),
    )
  );
  return { node: labelled(control.text, id, field), read: () => entry(control.name, field.value) };
}

/**
 * @param {Record<string, any>} control
 * @param {"radio" | "checkbox"} type
 */
function choices(control, type) {
  const group = `group-${++lastId}`;
  const marked = new Set(String(control.defaultValue ?? control.value ?? "").split(","));
  const boxes = options(control).map((option) => ({
    option,
    box: /** @type {HTMLInputElement} */ (
      element("input", { type, name: group, value: worth(option), checked: marked.has(worth(option)) })
    ),
  }));
  const node = element(
    "fieldset",
    { class: "form-choices" },
    element("legend", { class: control.text ? null : "hidden" }, control.text || control.name || "Choice"),
    boxes.map(({ option, box }) => element("label", { class: "choice" }, box, element("span", {}, option.text ?? worth(option)))),
  );
  return {
    node,
    read: () => {
      const values = boxes.filter(({ box }) => box.checked).map(({ option }) => worth(option));
      return values.length ? entry(control.name, values.join(",")) : [];
    },
  };
}

/**
 * @param {Record<string, any>} control
 * @param {(option: Option, name?: string) => Promise<void>} send
 */
function buttons(control, send) {
  const row = options(control);
  const all = row.length ? row : [{ text: control.text ?? "Send", value: control.value, action: control.action, notification: control.notification }];
  return {
    node: element(
      "div",
      { class: "form-buttons" },
      row.length && control.text ? element("p", { class: "form-label" }, control.text) : null,
      all.map((option) =>
        element(
          "button",
          {
            type: "button",
            class: option.action === "reset" ? "button subtle" : "button",
            "data-submits": option.action !== "reset",
            onclick: () => void send(option, control.name),
          },
          option.text ?? option.value ?? "Send",
        ),
      ),
    ),
  };
}

/**
 * @param {string | undefined} text
 * @param {string} id
 * @param {HTMLElement} field
 */
function labelled(text, id, field) {
  return element("div", { class: "form-field" }, text ? element("label", { for: id }, text) : null, field);
}

/**
 * @param {Record<string, any>} control
 * @returns {Option[]}
 */
function options(control) {
  return Array.isArray(control.options) ? control.options.slice(0, MOST_CONTROLS) : [];
}

/** @param {Option} option */
function worth(option) {
  return String(option.value ?? option.text ?? "");
}

/**
 * @param {string | undefined} name
 * @param {string} value
 * @returns {Entry[]} nothing for a control without a name
 */
function entry(name, value) {
  return name ? [{ name, value }] : [];
}
