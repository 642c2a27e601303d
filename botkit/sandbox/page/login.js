/** Who is at the page: a click on a name, or a password where the sandbox is open to others. */

import { avatar } from "./avatar.js";
import { byId, element, fill } from "./dom.js";
import { Session, people } from "./session.js";

/** Kept per tab, so that a reload is not a new login and two tabs can be two people. */
const WHO = "botkit-sandbox-email";
const RETRY_USERS_MS = 2000;

/** @typedef {{email: string, password?: string}} Who */
/** @typedef {(who: Who) => void} Enter */

/**
 * Asks until somebody is logged on.
 *
 * @param {import("./status.js").Status} status
 * @param {(session: Session) => void} onReady
 */
export function logIn(status, onReady) {
  void ask(status, (who) => enter(who, status, onReady));
}

/** Forgets who was here; the next load of the page asks. */
export function forget() {
  sessionStorage.removeItem(WHO);
}

/**
 * @param {import("./status.js").Status} status
 * @param {Enter} enterAs
 */
async function ask(status, enterAs) {
  let users;
  try {
    users = await people();
  } catch {
    byId("login").hidden = false;
    status.lasting("The sandbox does not answer. Is it running? Trying again…");
    window.setTimeout(() => void ask(status, enterAs), RETRY_USERS_MS);
    return;
  }
  status.clear();
  const email = sessionStorage.getItem(WHO);
  if (email && users.some((one) => one.email === email)) {
    enterAs({ email });
    return;
  }
  byId("login").hidden = false;
  if (users.length) {
    fill(byId("login-users"), users.map((one) => choice(one, enterAs)));
    byId("login-users").hidden = false;
  } else {
    askForPassword(enterAs);
  }
}

/**
 * @param {import("./session.js").Person} one
 * @param {Enter} enterAs
 */
function choice(one, enterAs) {
  return element(
    "li",
    {},
    element(
      "button",
      { type: "button", class: "row login-user", "data-email": one.email, onclick: () => enterAs({ email: one.email }) },
      avatar({ userId: one.userId, displayName: one.name, bot: false }),
      element(
        "span",
        { class: "row-text" },
        element("span", { class: "row-title" }, one.name),
        element("span", { class: "row-detail ellipsis" }, one.email),
      ),
    ),
  );
}

/**
 * A sandbox that others can reach asks who they are.
 *
 * @param {Enter} enterAs
 */
function askForPassword(enterAs) {
  const form = /** @type {HTMLFormElement} */ (byId("login-form"));
  fill(byId("login-title"), "Welcome to the sandbox");
  fill(byId("login-hint"), "Log in as one of its people.");
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    enterAs({ email: String(fields.get("email")), password: String(fields.get("password")) });
  });
}

/**
 * @param {Who} who
 * @param {import("./status.js").Status} status
 * @param {(session: Session) => void} onReady
 */
function enter(who, status, onReady) {
  const session = new Session(who);
  // One click is one login, however often somebody clicks.
  byId("login").inert = true;
  session.addEventListener("refused", (event) => {
    const { tooMany } = /** @type {CustomEvent} */ (event).detail;
    status.error(
      tooMany
        ? "Too many wrong passwords. Try again in a minute."
        : "There is no such person, or the password is wrong.",
    );
    byId("login").hidden = !byId("app").hidden;
    byId("login").inert = false;
  });
  session.addEventListener("lost", (event) => {
    const { seconds } = /** @type {CustomEvent} */ (event).detail;
    status.lasting(`The connection to the sandbox is lost. Trying again in ${seconds} s.`);
  });
  session.addEventListener("ready", (event) => {
    status.clear();
    if (!(/** @type {CustomEvent} */ (event).detail.first)) return;
    if (who.password === undefined) sessionStorage.setItem(WHO, who.email);
    byId("login").hidden = true;
    onReady(session);
  });
  session.start();
}
