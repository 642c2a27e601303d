/**
 * Rich text from other people, made safe: parsed in a document that runs and loads nothing, then rebuilt
 * element by element from an allow-list. Attributes are never copied; the few that matter are made anew.
 */

import { element } from "./dom.js";

/** Wire element -> ours. Whatever is missing here is unwrapped: its text stays, its element goes. */
const ALLOWED = new Map([
  ["B", "strong"],
  ["STRONG", "strong"],
  ["I", "em"],
  ["EM", "em"],
  ["U", "u"],
  ["S", "s"],
  ["CODE", "code"],
  ["PRE", "pre"],
  ["BLOCKQUOTE", "blockquote"],
  ["BR", "br"],
  ["HR", "hr"],
  ["UL", "ul"],
  ["OL", "ol"],
  ["LI", "li"],
  ["P", "div"],
  ["DIV", "div"],
]);

/** These hold no text for people: they go with all they contain. */
const DROPPED = new Set(["X-DROPPED", "TEMPLATE", "NOSCRIPT", "IFRAME", "OBJECT", "SVG", "MATH", "TITLE"]);

const LINK_SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);
const DEEPEST = 30;
const MOST_NODES = 4000;
const LONGEST = 60_000;

/** An opening tag and its attributes; the bounds keep hostile text from taking long. */
const TAG = /<([a-z][a-z0-9-]{0,30})((?:"[^"]{0,2000}"|'[^']{0,2000}'|[^"'<>]){0,2000})>/gi;
/** The attributes that `rebuilt` reads. */
const ATTRIBUTE = /\s(?:href|abbr|alt|class)\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+)/gi;

/** Some clients put data of their own in front of the text. */
const PRIVATE_DATA = /^\|\|::\$\$privateData=.*?::\|\|/s;

/**
 * @param {string} content HTML subset of a RICH item
 * @param {string} me the visitor's user id, whose mentions stand out
 * @returns {DocumentFragment}
 */
export function richText(content, me) {
  const source = new DOMParser().parseFromString(quiet(content), "text/html").body;
  const result = document.createDocumentFragment();
  let left = MOST_NODES;

  /**
   * @param {Node} from
   * @param {Node} to
   * @param {number} depth
   */
  function copy(from, to, depth) {
    for (const node of from.childNodes) {
      if (left-- <= 0) return;
      if (node.nodeType === Node.TEXT_NODE) {
        to.appendChild(document.createTextNode(node.textContent ?? ""));
      } else if (node instanceof Element && !DROPPED.has(node.tagName.toUpperCase())) {
        const made = depth < DEEPEST ? rebuilt(node, me) : null;
        if (made) to.appendChild(made);
        copy(node, made ?? to, depth + 1);
      }
    }
  }

  copy(source, result, 0);
  return result;
}

/**
 * @param {string} content
 * @param {"RICH" | "PLAIN"} contentType
 * @returns {string} the text alone, for a preview or a screen reader
 */
export function plainText(content, contentType) {
  if (contentType === "PLAIN") return content;
  return richText(content.replace(/<br\s*\/?>/gi, " "), "").textContent ?? "";
}

/**
 * Turns what a person typed into RICH content.
 *
 * @param {string} typed
 * @param {{userId: string, displayName: string}[]} people who can be mentioned, by `@` and the full name
 * @returns {{content: string, mentionedUsers: string[]}}
 */
export function composed(typed, people) {
  const text = escaped(typed.trim());
  // The longest name first, or "@Ann" would eat the beginning of "@Ann Lee".
  const named = [...people].sort((a, b) => b.displayName.length - a.displayName.length);
  if (!named.length) return { content: lines(text), mentionedUsers: [] };
  const byName = new Map(named.map((one) => [escaped(one.displayName).toLowerCase(), one]));
  const names = named.map((one) => escaped(one.displayName).replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const mentioned = new Set();
  const content = text.replace(new RegExp(`@(${names.join("|")})(?![\\p{L}\\p{N}])`, "giu"), (whole, name) => {
    const one = byName.get(name.toLowerCase());
    if (!one) return whole;
    mentioned.add(one.userId);
    return `<span class="mention" abbr="${escaped(one.userId)}">@${escaped(one.displayName)}</span>`;
  });
  return { content: lines(content), mentionedUsers: [...mentioned] };
}

/**
 * Takes out what the page's content policy would refuse, with a line in the console, while the text is parsed:
 * styles, scripts and handlers. Only the walk above makes the text safe; this keeps the console worth reading.
 *
 * @param {string} content
 */
function quiet(content) {
  let tags = 0;
  return content
    .slice(0, LONGEST)
    .replace(PRIVATE_DATA, "")
    .replace(/<(\/?)(?:script|style)\b/gi, "<$1x-dropped")
    .replace(TAG, (_, tag, attributes) => {
      // Browsers take quadratic time to parse thousands of elements inside each other.
      if (++tags > MOST_NODES) return "";
      return `<${tag}${(attributes.match(ATTRIBUTE) ?? []).join("")}>`;
    });
}

/**
 * @param {Element} node
 * @param {string} me
 * @returns {Element | null} null to keep only what is inside
 */
function rebuilt(node, me) {
  const tag = node.tagName.toUpperCase();
  if (tag === "A") return link(node.getAttribute("href") ?? "");
  if (tag === "IMG") {
    return element("span", {}, node.getAttribute("abbr") ?? node.getAttribute("alt") ?? "");
  }
  if (tag === "SPAN" && node.classList.contains("mention")) {
    return element("span", { class: node.getAttribute("abbr") === me ? "mention mention-me" : "mention" });
  }
  if (tag === "SPAN" && node.classList.contains("rich-text-highlight")) return element("mark");
  const allowed = ALLOWED.get(tag);
  return allowed ? element(allowed) : null;
}

/**
 * @param {string} address
 * @returns {Element | null}
 */
function link(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null;
  }
  if (!LINK_SCHEMES.has(url.protocol)) return null;
  return element("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" });
}

/** @param {string} text */
function escaped(text) {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** @param {string} text */
function lines(text) {
  return text.replaceAll(/\r?\n/g, "<br>");
}
