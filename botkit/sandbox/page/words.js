/** Times, names and errors as people say them. */

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("en", { weekday: "long", day: "numeric", month: "long" });

/** Server codes a person may meet, and what to make of them. */
const REASONS = new Map([
  ["DISCONNECTED", "The sandbox cannot be reached right now."],
  ["REQUEST_TIMEOUT", "The sandbox did not answer in time."],
  ["PERMISSION_DENIED", "You are not a member of that conversation."],
  ["NO_RESULT", "That no longer exists."],
  ["NO_MESSAGE_HANDLER", "This sandbox cannot do that yet."],
  ["RTC_CONCURRENT_INCOMING_CALL", "Another call is still going on here; if it is over, wait a few seconds."],
  ["OVERLOADED", "The sandbox is busy; try again in a moment."],
]);

/** @param {number} time milliseconds since the epoch */
export function clock(time) {
  return CLOCK.format(time);
}

/**
 * @param {number} time milliseconds since the epoch
 * @returns {string} "Today", "Yesterday", or the date
 */
export function day(time) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  if (time >= midnight) return "Today";
  if (time >= new Date(midnight - 1).setHours(0, 0, 0, 0)) return "Yesterday";
  return DAY.format(time);
}

/**
 * @param {number} milliseconds
 * @returns {string} "0:07", "12:30"
 */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * @param {number} bytes
 * @returns {string} "812 bytes", "34 kB", "1.2 MB"
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/**
 * @param {string} name
 * @returns {string} one or two letters
 */
export function initials(name) {
  const parts = name.split(/\s+/).filter(Boolean);
  return [parts[0], parts.length > 1 ? parts[parts.length - 1] : ""].map((part) => [...part][0] ?? "").join("");
}

/**
 * @param {unknown} error
 * @returns {string} a sentence without codes, where the code is a known one
 */
export function reason(error) {
  const code = /** @type {any} */ (error)?.code;
  return REASONS.get(code) ?? `The sandbox said: ${/** @type {any} */ (error)?.message ?? error}.`;
}
