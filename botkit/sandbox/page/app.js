/** Puts the page together: who are you, then conversations, messages and phone around one session. */

import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { ConversationList } from "./conversations.js";
import { byId, element, fill, icon } from "./dom.js";
import { Messages } from "./messages.js";
import { Phone } from "./phone.js";
import { Session, people } from "./session.js";
import { Softphone } from "./softphone.js";
import { statusLine } from "./status.js";
import { Store } from "./store.js";
import { reason } from "./words.js";

/** Kept per tab, so that a reload is not a new login and two tabs can be two people. */
const WHO = "botkit-sandbox-email";
const RETRY_USERS_MS = 2000;

const status = statusLine();

async function chooseWho() {
  byId("login").hidden = false;
  let users;
  try {
    users = await people();
  } catch {
    status.lasting("The sandbox does not answer. Is it running? Trying again…");
    window.setTimeout(() => void chooseWho(), RETRY_USERS_MS);
    return;
  }
  status.clear();
  const email = sessionStorage.getItem(WHO);
  if (email && users.some((one) => one.email === email)) {
    enter(email);
    return;
  }
  fill(
    byId("login-users"),
    users.map((one) =>
      element(
        "li",
        {},
        element(
          "button",
          { type: "button", class: "row login-user", "data-email": one.email, onclick: () => enter(one.email) },
          avatar({ userId: one.userId, displayName: one.name, bot: false }),
          element(
            "span",
            { class: "row-text" },
            element("span", { class: "row-title" }, one.name),
            element("span", { class: "row-detail ellipsis" }, one.email),
          ),
        ),
      ),
    ),
  );
}

/** @param {string} email */
function enter(email) {
  sessionStorage.setItem(WHO, email);
  const app = byId("app");
  const session = new Session(email);
  const store = new Store(session);
  const phone = new Phone(store);
  const softphone = new Softphone(phone, store, status);
  const composer = new Composer({
    label: "Write a message",
    people: () => {
      const one = store.conversations.get(store.selected);
      return one ? store.others(one) : [];
    },
    send: (message) => messages.send(store.selected, message),
  });
  const messages = new Messages({
    pane: byId("messages"),
    newBelow: byId("new-below"),
    store,
    status,
    onMention: (user) => composer.mention(user),
  });
  /** @type {Map<string, string>} what was begun, by conversation */
  const drafts = new Map();

  /** @param {"list" | "chat" | "phone"} view the pane that a narrow window shows */
  function show(view) {
    app.dataset.view = view;
  }

  /** @param {string} convId */
  async function open(convId) {
    if (store.selected) drafts.set(store.selected, composer.draft);
    show("chat");
    try {
      await store.select(convId);
    } catch (error) {
      status.error(`The messages could not be loaded. ${reason(error)}`);
    }
  }

  const list = new ConversationList(store, (convId) => void open(convId), async (userId) => {
    try {
      await open((await store.direct(userId)).convId);
      composer.focus();
    } catch (error) {
      status.error(`The conversation could not be started. ${reason(error)}`);
    }
  });

  function drawHead() {
    const one = store.conversations.get(store.selected);
    byId("composer").hidden = !one;
    if (!one) return;
    const others = store.others(one);
    fill(byId("chat-title"), store.title(one));
    fill(byId("chat-members"), one.type === "DIRECT" ? "Just the two of you" : ["You", ...others.map((user) => user.displayName)].join(", "));
    composer.label = `Write to ${store.title(one)}`;
    document.title = `${store.title(one)} · botkit sandbox`;
  }

  store.addEventListener("conversations", drawHead);
  store.addEventListener("selected", () => {
    composer.draft = drafts.get(store.selected) ?? "";
    drawHead();
  });

  session.addEventListener("ready", async (event) => {
    status.clear();
    const { first } = /** @type {CustomEvent} */ (event).detail;
    try {
      await store.refresh();
      const me = store.user(store.me);
      fill(byId("me-avatar"), avatar(me));
      fill(byId("me-name"), me.displayName);
      if (first || !store.conversations.has(store.selected)) await openFirst();
    } catch (error) {
      status.error(`The conversations could not be loaded. ${reason(error)}`);
    }
  });
  session.addEventListener("lost", (event) => {
    const { seconds } = /** @type {CustomEvent} */ (event).detail;
    status.lasting(`The connection to the sandbox is lost. Trying again in ${seconds} s.`);
  });

  /** A newcomer lands where the bot is; on a narrow window the list stays in front. */
  async function openFirst() {
    const byActivity = [...store.conversations.values()].sort((a, b) => b.lastActivity - a.lastActivity);
    const one = byActivity.find((each) => store.others(each).some((user) => user.bot)) ?? byActivity[0];
    if (!one) return;
    await store.select(one.convId);
  }

  phone.addEventListener("change", () => {
    app.dataset.call = phone.call?.phase ?? "idle";
    if (phone.call?.phase === "incoming") show("phone");
    drawPhoneButton();
  });

  function drawPhoneButton() {
    fill(byId("open-phone"), icon("phone"), element("span", {}, phone.busy ? "Back to the call" : "Phone"));
  }

  fill(byId("composer"), composer.element);
  byId("open-phone").addEventListener("click", () => show("phone"));
  byId("close-phone").addEventListener("click", () => show("chat"));
  byId("back-to-list").addEventListener("click", () => show("list"));
  byId("logout").addEventListener("click", () => {
    phone.hangUp();
    softphone.close();
    session.end();
    sessionStorage.removeItem(WHO);
    location.reload();
  });
  drawPhoneButton();
  list.draw();
  byId("login").hidden = true;
  app.hidden = false;
  byId("conversation-list").focus();
  session.start();
}

byId("back-to-list").append(icon("back"));
byId("close-phone").append(icon("back"));
void chooseWho();
