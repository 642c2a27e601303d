/**
 * One websocket that speaks the Circuit wire: request frames out, response frames matched by `requestId`,
 * event frames handed on. It knows nothing of what the frames mean, and never reconnects by itself.
 */

/** Where an action's data sits in a frame, by the frame's category. */
const CONTAINERS = Object.freeze({
  ACTIVITYSTREAM: "activity",
  CONVERSATION: "conversation",
  CPAAS: "cpaas",
  RTC_CALL: "rtcCall",
  RTC_SESSION: "rtcSession",
  USER: "user",
  USER_DATA: "userData",
  USER_TO_USER: "userToUser",
  VERSION: "version",
});

const REQUEST_TIMEOUT_MS = 30_000;
const PING_EVERY_MS = 60_000;
const PONG_WITHIN_MS = 10_000;

/** The server said no, or nothing at all. `code` is the protocol's word for it. */
export class WireError extends Error {
  /**
   * @param {string} code
   * @param {string} [info] the server's own words
   */
  constructor(code, info = "") {
    super(info ? `${code}: ${info}` : code);
    this.name = "WireError";
    this.code = code;
    this.info = info;
  }
}

/**
 * @param {unknown} error
 * @returns {boolean} the server said no; false when nobody knows whether it did what was asked
 */
export function refused(error) {
  return error instanceof WireError && error.code !== "DISCONNECTED" && error.code !== "REQUEST_TIMEOUT";
}

/**
 * @typedef {object} WireEvent
 * @property {string} category `CONVERSATION`, `RTC_CALL` ...
 * @property {string} action the inner `type`: `ADD_ITEM`, `INVITE` ...
 * @property {Record<string, any>} body the container, with the payload under its own key
 */

export class Wire {
  #socket;
  #next = 1;
  /** @type {Map<number, {resolve: (body: any) => void, reject: (error: WireError) => void, timer: number}>} */
  #waiting = new Map();
  #pinger = 0;

  /** The server's name for this socket; events about media are addressed to it. */
  clientId = "";

  /**
   * @param {string} url
   * @param {{opened: () => void, event: (event: WireEvent) => void, closed: () => void}} handlers
   *   `closed` comes once, also when the socket never opened
   */
  constructor(url, handlers) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("open", () => {
      this.#pinger = window.setInterval(() => void this.#ping(), PING_EVERY_MS);
      handlers.opened();
    });
    this.#socket.addEventListener("message", (message) => this.#receive(message.data, handlers.event));
    this.#socket.addEventListener("close", () => {
      window.clearInterval(this.#pinger);
      for (const id of [...this.#waiting.keys()]) this.#settle(id, new WireError("DISCONNECTED"));
      handlers.closed();
    });
  }

  /**
   * Asks for something.
   *
   * @param {keyof typeof CONTAINERS} category
   * @param {string} action
   * @param {Record<string, unknown>} [payload] beside the inner `type`, for example `{addTextItem: {...}}`
   * @returns {Promise<Record<string, any>>} the container of the answer
   * @throws {WireError} by rejection: the server's code, `REQUEST_TIMEOUT` or `DISCONNECTED`
   */
  async request(category, action, payload = {}) {
    const container = CONTAINERS[category];
    const response = await this.#exchange((requestId) =>
      JSON.stringify({
        msgType: "REQUEST",
        request: { requestId, type: category, [container]: { type: action, ...payload } },
      }),
    );
    return response[container] ?? {};
  }

  /** Ends the socket; `closed` follows. */
  close() {
    this.#socket.close();
  }

  /**
   * @param {(requestId: number) => string} frame
   * @param {number} [timeout] milliseconds
   * @returns {Promise<Record<string, any>>}
   */
  #exchange(frame, timeout = REQUEST_TIMEOUT_MS) {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.reject(new WireError("DISCONNECTED"));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => this.#settle(id, new WireError("REQUEST_TIMEOUT")), timeout);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#socket.send(frame(id));
    });
  }

  /** A dead link shows only by silence, so a ping without an answer closes the socket. */
  async #ping() {
    try {
      await this.#exchange((id) => `PING|${id}`, PONG_WITHIN_MS);
    } catch {
      this.#socket.close();
    }
  }

  /**
   * @param {unknown} text
   * @param {(event: WireEvent) => void} onEvent
   */
  #receive(text, onEvent) {
    const frame = parsed(text);
    if (!frame) return;
    if (frame.clientId) this.clientId = frame.clientId;
    if (frame.msgType === "RESPONSE" && frame.response) {
      this.#settle(Number(frame.response.requestId), frame.response);
    } else if (frame.msgType === "EVENT" && frame.event) {
      const category = String(frame.event.type);
      const body = frame.event[CONTAINERS[/** @type {keyof typeof CONTAINERS} */ (category)]];
      if (body) onEvent({ category, action: String(body.type), body });
    }
  }

  /**
   * @param {number} id
   * @param {WireError | Record<string, any>} outcome an error, or the `response` of a frame
   */
  #settle(id, outcome) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    window.clearTimeout(waiting.timer);
    if (outcome instanceof WireError) {
      waiting.reject(outcome);
    } else if (outcome.code === "OK" || outcome.code === "ENTITY_ALREADY_EXISTS") {
      waiting.resolve(outcome);
    } else {
      const info = outcome.errorInfo ?? {};
      waiting.reject(new WireError(info.errorCode || outcome.code || "NO_CODE", info.info));
    }
  }
}

/**
 * @param {unknown} text
 * @returns {Record<string, any> | null} null for what is no frame: the server's own text `PING`, or noise
 */
function parsed(text) {
  if (typeof text !== "string" || !text.startsWith("{")) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
