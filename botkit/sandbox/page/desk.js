/** The page behind the login: conversations, messages and phone around one session. */

import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { ConversationList } from "./conversations.js";
import { byId, element, fill, icon } from "./dom.js";
import { IncomingCall } from "./incoming.js";
import { Messages } from "./messages.js";
import { MissedCalls } from "./missed.js";
import { Phone } from "./phone.js";
import { Softphone } from "./softphone.js";
import { Store } from "./store.js";
import { WindowTitle } from "./title.js";
import { reason } from "./words.js";

/**
 * Opens it; it stays until the page is left.
 *
 * @param {import("./session.js").Session} session logged on
 * @param {import("./status.js").Status} status
 * @param {() => void} onLogOut
 */
export function openDesk(session, status, onLogOut) {
  const app = byId("app");
  const store = new Store(session);
  const phone = new Phone(store);
  const title = new WindowTitle();
  const missed = new MissedCalls(phone, store);
  // Before the softphone, whose button loses the keyboard when it rings.
  new IncomingCall(phone, store, title, () => {
    show("phone");
    softphone.focus();
  });
  const softphone = new Softphone(phone, store, status, missed);
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
    elsewhere: byId("elsewhere"),
    store,
    status,
    onMention: (user) => composer.mention(user),
  });
  /** @type {Map<string, string>} what was begun, by conversation */
  const drafts = new Map();

  /** @param {"list" | "chat" | "phone"} view the pane that a narrow window shows */
  function show(view) {
    app.dataset.view = view;
    // What had the focus may be out of sight now; the pane that came in front takes it.
    const focused = document.activeElement;
    if (focused && focused !== document.body && focused.checkVisibility()) return;
    const entrance = { list: "#conversation-list [aria-current]", chat: "#back-to-list", phone: ".phone-buttons .button:not([hidden])" };
    /** @type {HTMLElement | null} */ (document.querySelector(entrance[view]))?.focus();
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
      const { convId } = await store.direct(userId);
      const opened = open(convId);
      // Whoever chose a person wants to write, before the old messages are there.
      composer.focus();
      await opened;
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
    title.words = `${store.title(one)} · botkit sandbox`;
  }

  store.addEventListener("conversations", drawHead);
  store.addEventListener("selected", () => {
    composer.draft = drafts.get(store.selected) ?? "";
    drawHead();
  });

  async function refresh() {
    try {
      await store.refresh();
      const me = store.user(store.me);
      fill(byId("me-avatar"), avatar(me));
      fill(byId("me-name"), me.displayName);
      if (!store.conversations.has(store.selected)) await openFirst();
    } catch (error) {
      status.error(`The conversations could not be loaded. ${reason(error)}`);
    }
  }

  /** A newcomer lands where the bot is; on a narrow window the list stays in front. */
  async function openFirst() {
    const byActivity = [...store.conversations.values()].sort((a, b) => b.lastActivity - a.lastActivity);
    const one = byActivity.find((each) => store.others(each).some((user) => user.bot)) ?? byActivity[0];
    if (!one) return;
    await store.select(one.convId);
  }

  phone.addEventListener("change", () => {
    app.dataset.call = phone.call?.phase ?? "idle";
    drawPhoneButton();
  });
  missed.addEventListener("change", drawPhoneButton);

  function drawPhoneButton() {
    const label = phone.busy ? "Back to the call" : "Phone";
    const count = phone.busy ? 0 : missed.count;
    fill(
      byId("open-phone"),
      icon("phone"),
      element("span", {}, label),
      count ? element("span", { class: "unread" }, count, element("span", { class: "hidden" }, " missed")) : null,
    );
  }

  fill(byId("composer"), composer.element);
  byId("open-phone").addEventListener("click", () => show("phone"));
  byId("close-phone").addEventListener("click", () => show("chat"));
  byId("back-to-list").addEventListener("click", () => show("list"));
  byId("logout").addEventListener("click", () => {
    phone.hangUp();
    softphone.close();
    onLogOut();
  });
  byId("back-to-list").append(icon("back"));
  byId("close-phone").append(icon("back"));
  drawPhoneButton();
  app.hidden = false;
  session.addEventListener("ready", () => void refresh());
  void refresh();
}
