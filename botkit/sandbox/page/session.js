/**
 * Being somebody: login over HTTP, the socket, the logon sequence, and getting back after the line dropped.
 *
 * Events (all plain `CustomEvent`s): `ready` {first: boolean} after each complete logon; `lost` {seconds} when
 * the line is down and the next try is that far away; `refused` when the login is no good, which ends the
 * session; `wire` {WireEvent}.
 */

import { Wire, WireError } from "./wire.js";

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/**
 * @typedef {object} Person
 * @property {string} email
 * @property {string} name
 * @property {string} userId
 */

/** @returns {Promise<Person[]>} the people a visitor can be by one click; none where a password is asked */
export async function people() {
  return json(await fetch("/page/users", { credentials: "same-origin" }));
}

export class Session extends EventTarget {
  /** @type {Wire | null} */
  #wire = null;
  #failures = 0;
  #timer = 0;
  #ended = false;
  #readyOnce = false;

  /** Set by each login; the id may change when the sandbox was restarted. */
  userId = "";

  /** @param {{email: string, password?: string}} who kept in memory alone, to log in again after a drop */
  constructor(who) {
    super();
    this.who = who;
    this.tryNow = this.tryNow.bind(this);
    window.addEventListener("online", this.tryNow);
  }

  /** The server's name for this page's socket. */
  get clientId() {
    return this.#wire?.clientId ?? "";
  }

  /** Starts; everything else comes as events. */
  start() {
    void this.#connect();
  }

  /** Logs out for good. */
  end() {
    this.#ended = true;
    window.clearTimeout(this.#timer);
    window.removeEventListener("online", this.tryNow);
    this.#wire?.close();
  }

  /** Skips the rest of the wait before the next try. */
  tryNow() {
    if (!this.#timer) return;
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    void this.#connect();
  }

  /**
   * @param {Parameters<Wire["request"]>} request see `Wire.request`
   * @returns {Promise<Record<string, any>>}
   */
  request(...request) {
    return this.#wire ? this.#wire.request(...request) : Promise.reject(new WireError("DISCONNECTED"));
  }

  async #connect() {
    this.#timer = 0;
    try {
      // Every connection logs in anew: two tabs share one cookie jar but may be two people, and a restarted
      // sandbox has forgotten the old cookie.
      const response = await fetch("/page/login", {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(this.who),
      });
      // Whoever was in already is let in again once the sandbox takes passwords again.
      const tooMany = response.status === 429 && !this.#readyOnce;
      if (response.status === 403 || tooMany) {
        this.end();
        this.dispatchEvent(new CustomEvent("refused", { detail: { tooMany } }));
        return;
      }
      const { userId } = await json(response);
      if (this.#ended) return;
      this.userId = userId;
    } catch {
      this.#retry();
      return;
    }
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = new URLSearchParams({ deviceType: "WEB", deviceSubtype: "SANDBOX_PAGE", clientVersion: "1" });
    const wire = new Wire(`${scheme}//${location.host}/api?${query}`, {
      opened: () => void this.#logOn(wire),
      event: (event) => this.dispatchEvent(new CustomEvent("wire", { detail: event })),
      closed: () => this.#retry(),
    });
    this.#wire = wire;
  }

  /** @param {Wire} wire */
  async #logOn(wire) {
    try {
      await wire.request("USER_DATA", "GET_USER_DATA");
      await wire.request("VERSION", "GET_VERSION");
      const { getStuff } = await wire.request("USER", "GET_STUFF", {
        getStuff: { types: ["USER", "ACCOUNTS", "PRESENCE_STATE", "TENANT"] },
      });
      this.userId = getStuff.user.userId;
    } catch {
      wire.close();
      return;
    }
    this.#failures = 0;
    const first = !this.#readyOnce;
    this.#readyOnce = true;
    this.dispatchEvent(new CustomEvent("ready", { detail: { first } }));
  }

  /** Waits longer after each failure, never in step with other pages. */
  #retry() {
    this.#wire = null;
    if (this.#ended || this.#timer) return;
    const longest = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
    const wait = longest * (0.5 + Math.random() / 2);
    this.#failures += 1;
    this.#timer = window.setTimeout(() => void this.#connect(), wait);
    this.dispatchEvent(new CustomEvent("lost", { detail: { seconds: Math.ceil(wait / 1000) } }));
  }
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function json(response) {
  if (!response.ok) throw new Error(`the sandbox answered ${response.status}`);
  return response.json();
}
