/**
 * Direct calls on the Circuit wire: who rings whom, who answers, why it ended. The media is `peer.js`.
 *
 * One call at a time; a second caller hears busy. Events: `change`, whenever `call` is another; `missed`
 * {peerId} when somebody rang here and nobody took it.
 */

import { Changes } from "./change.js";
import { Line } from "./line.js";
import { Peer } from "./peer.js";
import { endingOf, iceServers, idsOf, joining } from "./signalling.js";
import { outgoingTrack } from "./voice.js";
import { refused } from "./wire.js";
import { reason } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * @typedef {object} Call
 * @property {"starting" | "calling" | "ringing" | "incoming" | "connecting" | "active" | "ended"} phase
 * @property {string} peerId user on the other side
 * @property {number} [since] when the audio came up, milliseconds since the epoch
 * @property {string} [ending] why it is over, as people say it
 * @property {string} [silence] why this side sends silence; empty = it sends the microphone
 * @property {boolean} muted
 * @property {boolean} [asking] the other side is being asked whether to hold it, or to go on
 * @property {boolean} [held] this side holds the call: nothing is said or heard
 */

/** How long the two sides may look for a path for the audio. */
const CONNECT_MS = 15_000;
const DEFAULT_RINGING_MS = 15_000;
/** Causes by which somebody else stops the ringing who has seen to the call: another device of this person. */
const HANDLED = new Set(["ACCEPT", "BUSY", "DECLINE"]);
/** Browsers leave loopback out of calls, so a machine without any other network cannot call even itself. */
const NO_PATH = "No path for the audio was found. A browser needs some network for a call, even to its own computer.";

export class Phone extends EventTarget {
  /** @type {Call | null} the running call, or the last one */
  call = null;
  /** @type {MediaStream | null} what the other side says */
  sound = null;
  /** @type {Line | null} */
  #line = null;

  /** @param {Store} store */
  constructor(store) {
    super();
    this.store = store;
    this.session = store.session;
    this.session.addEventListener("wire", (event) => void this.#apply(/** @type {CustomEvent} */ (event).detail));
    this.session.addEventListener("lost", () => this.#lost());
    this.session.addEventListener("ready", () => void this.#verify());
    window.addEventListener("pagehide", () => this.hangUp());
  }

  /** True while there is something to hang up. */
  get busy() {
    return this.#line !== null;
  }

  /** The audio clock of the running call, for the level meter. */
  get context() {
    return this.#line?.context ?? null;
  }

  /**
   * Calls somebody.
   *
   * @param {string} userId
   */
  async dial(userId) {
    if (this.busy) return;
    const line = new Line({ convId: "", rtcSessionId: "", ownerId: "" });
    line.context = new AudioContext();
    this.#line = line;
    this.#set({ phase: "starting", peerId: userId, muted: false });
    try {
      const conversation = await this.store.direct(userId);
      line.ids = idsOf(conversation);
      const servers = await this.#prepare(line);
      const offer = await (await this.#openPeer(line, servers)).offer();
      if (this.#line !== line) return;
      const me = this.store.user(this.store.me).displayName;
      line.known = true;
      await this.#say("JOIN", { join: joining(line.ids, me, { type: "offer", sdp: offer }, { callOut: true }) });
      // The other side may have been quicker than this answer.
      if (this.#line === line && this.call?.phase === "starting") this.#set({ phase: "calling" });
    } catch (error) {
      this.#failed(line, error);
    }
  }

  /** Takes the call that rings here. */
  async pickUp() {
    const line = this.#line;
    if (!line?.invite || this.call?.phase !== "incoming") return;
    window.clearTimeout(line.timer);
    line.context = new AudioContext();
    line.known = true;
    this.#set({ phase: "connecting" });
    try {
      const servers = await this.#renewed(line);
      const peer = await this.#openPeer(line, servers);
      const { sdp, transactionId } = line.invite;
      const offered = sdp?.sdp;
      const description = offered ? await peer.answer(offered) : await peer.offer();
      if (this.#line !== line) return;
      const me = this.store.user(this.store.me).displayName;
      const sent = { type: offered ? "answer" : "offer", sdp: description };
      const payload = joining(line.ids, me, sent, { callOut: false, transactionId });
      await this.#say(offered ? "ANSWER" : "JOIN", { [offered ? "answer" : "join"]: payload });
      this.#expectPath(line);
    } catch (error) {
      this.#failed(line, error);
    }
  }

  /** Ends the call, declines it, or gives up ringing, whichever it is. */
  hangUp() {
    const line = this.#line;
    if (!line) return;
    if (this.call?.phase === "incoming") this.#reject(line, "DECLINE", "Declined", false);
    else this.#terminate(line, "Call ended");
  }

  /** Forgets a call that is over. */
  putDown() {
    if (this.busy) return;
    this.call = null;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#line?.peer?.mute(muted);
    this.#set({ muted });
  }

  /**
   * Holds the call, or goes on with it, once the other side agrees.
   *
   * @param {boolean} held
   */
  async hold(held) {
    if (this.call?.phase === "active") await this.#line?.changes?.ask(held);
  }

  /**
   * @param {string} key one of 0-9 * #
   * @returns {boolean} false when there is no call that takes keys
   */
  press(key) {
    return this.call?.phase === "active" && (this.#line?.peer?.press(key) ?? false);
  }

  /** @param {import("./wire.js").WireEvent} event */
  async #apply({ category, action, body }) {
    if (category === "RTC_CALL" && action === "INVITE") {
      this.#ring(body);
      return;
    }
    const line = this.#line;
    // Ids are the conversation's, not the call's: what is not about the present call is old.
    if (!line || body.sessionId !== line.ids.rtcSessionId) return;
    if (category === "RTC_SESSION" && action === "SESSION_TERMINATED") this.#end("Call ended", true);
    if (category !== "RTC_CALL") return;
    try {
      await this.#applyCall(line, action, body);
    } catch {
      this.#terminate(line, "The audio could not be set up", "REMOTE_SDP_FAILED");
    }
  }

  /**
   * @param {Line} line
   * @param {string} action
   * @param {Record<string, any>} body
   */
  async #applyCall(line, action, body) {
    const forUs = (/** @type {any} */ payload) => !payload.clientID || payload.clientID === this.session.clientId;
    const told = body.changeMediaRequested ?? body.sdpAnswer ?? body.sdpFailed;
    if (told && forUs(told) && (await line.changes?.hear(action, body))) return;
    if (action === "PROGRESS" && body.participantProgress.progressType === "ALERTING") {
      if (this.call?.phase === "starting" || this.call?.phase === "calling") this.#set({ phase: "ringing" });
    } else if (action === "SDP_ANSWER" && forUs(body.sdpAnswer)) {
      this.#set({ phase: "connecting" });
      this.#expectPath(line);
      await line.peer?.accept(body.sdpAnswer.sdp.sdp);
    } else if (action === "ICE_CANDIDATES") {
      await line.peer?.addCandidates(body.iceCandidates.origin ?? "", body.iceCandidates.candidates ?? []);
    } else if (action === "SDP_FAILED" && forUs(body.sdpFailed)) {
      this.#terminate(line, "The other side could not set up the audio");
    } else if (action === "INVITE_FAILED") {
      this.#end(endingOf(body.inviteFailed.cause, "The call did not go through"));
    } else if (action === "INVITE_CANCEL" && body.inviteCancel.clientID !== this.session.clientId) {
      const { cause } = body.inviteCancel;
      this.#end(endingOf(cause, "The caller hung up"), !HANDLED.has(cause));
    }
  }

  /** @param {Record<string, any>} body of an INVITE */
  #ring(body) {
    const { invite, sessionId } = body;
    const ids = { convId: invite.convId, rtcSessionId: sessionId, ownerId: "" };
    if (this.busy) {
      if (this.#line?.ids.rtcSessionId !== sessionId) this.#refuse(ids, "BUSY", invite.transactionId);
      return;
    }
    const conversation = this.store.conversations.get(invite.convId);
    const line = new Line(conversation ? idsOf(conversation) : ids);
    line.invite = invite;
    this.#line = line;
    this.#set({ phase: "incoming", peerId: invite.userId, muted: false });
    line.timer = window.setTimeout(
      () => this.#reject(line, "TIMEOUT", "Missed call", true),
      invite.ringingTimeout || DEFAULT_RINGING_MS,
    );
    this.#tell("SEND_PROGRESS", {
      sendProgress: { rtcSessionId: sessionId, userId: this.store.me, invitingUser: invite.userId, type: "ALERTING" },
    });
  }

  /**
   * @param {Line} line
   * @param {RTCIceServer[]} servers
   */
  async #openPeer(line, servers) {
    const { track, silence } = await outgoingTrack(/** @type {AudioContext} */ (line.context));
    if (this.#line !== line) {
      track.stop();
      throw new Error("the call is over");
    }
    const peer = new Peer(track, servers, {
      sound: (stream) => {
        this.sound = stream;
        this.#set({});
      },
      state: (state) => this.#path(line, state),
      candidates: (candidates) =>
        this.#tell("ICE_CANDIDATES", {
          iceCandidates: { rtcSessionId: line.ids.rtcSessionId, userId: this.store.me, origin: peer.origin, candidates },
        }),
    });
    line.peer = peer;
    line.changes = new Changes(
      line,
      (action, payload) => this.#say(action, payload),
      (change) => this.#line === line && this.#set(change),
    );
    this.#set({ silence });
    return peer;
  }

  /**
   * @param {Line} line
   * @param {RTCPeerConnectionState} state
   */
  #path(line, state) {
    if (this.#line !== line) return;
    if (state === "connected" && this.call?.phase !== "active") {
      window.clearTimeout(line.timer);
      this.#set({ phase: "active", since: Date.now() });
    } else if (state === "failed") {
      this.#terminate(line, "The audio was lost", "STREAM_LOST");
    }
  }

  /** @param {Line} line */
  #expectPath(line) {
    window.clearTimeout(line.timer);
    if (this.call?.phase === "active") return;
    line.timer = window.setTimeout(
      () => this.#terminate(line, NO_PATH, "NEGOTIATION_FAILED"),
      CONNECT_MS,
    );
  }

  /** @param {Line} line */
  async #prepare(line) {
    const answer = await this.session.request("RTC_CALL", "PREPARE", {
      prepare: { ...line.ids, mediaNode: "", desiredRegion: "" },
    });
    return iceServers(answer.prepare?.servers);
  }

  /** @param {Line} line */
  async #renewed(line) {
    const answer = await this.session.request("RTC_CALL", "RENEW_TURN_CREDENTIALS", {
      renewTurnCredentials: { rtcSessionId: line.ids.rtcSessionId },
    });
    return iceServers(answer.renewTurnCredentials?.servers);
  }

  /**
   * @param {Line} line
   * @param {string} ending
   * @param {string} [disconnectCause] why, if something broke
   */
  #terminate(line, ending, disconnectCause) {
    if (this.#line !== line) return;
    if (line.known) {
      this.#tell("TERMINATE", { terminate: { rtcSessionId: line.ids.rtcSessionId, disconnectCause } });
    }
    this.#end(ending);
  }

  /**
   * @param {Line} line
   * @param {string} cause
   * @param {string} ending
   * @param {boolean} missed
   */
  #reject(line, cause, ending, missed) {
    this.#refuse(line.ids, cause, line.invite?.transactionId);
    this.#end(ending, missed);
  }

  /**
   * @param {{convId: string, rtcSessionId: string}} ids
   * @param {string} cause
   * @param {string} transactionId
   */
  #refuse({ convId, rtcSessionId }, cause, transactionId) {
    this.#tell("INVITE_REJECT", { inviteReject: { convId, rtcSessionId, cause, transactionId } });
  }

  /**
   * @param {Line} line
   * @param {unknown} error
   */
  #failed(line, error) {
    if (this.#line !== line) return;
    const ending = `The call did not go through. ${reason(error)}`;
    // A refusal may be about another call in the same conversation, which is not ours to end.
    if (refused(error) && this.call?.phase === "starting") this.#end(ending);
    else this.#terminate(line, ending);
  }

  /** The audio needs no socket, but a call that is not up yet does. */
  #lost() {
    if (this.#line && this.call?.phase !== "active") this.#end("The connection to the sandbox was lost", true);
  }

  /** After a reconnect: is the call we are in still one for the server? */
  async #verify() {
    const line = this.#line;
    if (!line || this.call?.phase !== "active") return;
    /** @type {any[]} */
    let sessions = [];
    try {
      const answer = await this.session.request("RTC_SESSION", "GET_ACTIVE_SESSIONS");
      sessions = answer.activeSessions?.session ?? [];
    } catch (error) {
      if (/** @type {any} */ (error).code !== "NO_RESULT") return;
    }
    if (this.#line === line && !sessions.some((one) => one.rtcSessionId === line.ids.rtcSessionId)) {
      this.#end("Call ended");
    }
  }

  /**
   * @param {string} ending
   * @param {boolean} [missed] if it still rang here, nobody here or elsewhere wanted it to stop
   */
  #end(ending, missed = false) {
    const line = this.#line;
    const { phase, peerId } = /** @type {Call} */ (this.call);
    this.#line = null;
    this.sound = null;
    line?.close();
    this.#set({ phase: "ended", ending });
    if (missed && phase === "incoming") this.dispatchEvent(new CustomEvent("missed", { detail: { peerId } }));
  }

  /**
   * @param {string} action
   * @param {Record<string, unknown>} payload
   */
  #say(action, payload) {
    return this.session.request("RTC_CALL", action, payload);
  }

  /**
   * Says something whose answer changes nothing here: the call is over anyway, or goes on anyway.
   *
   * @param {string} action
   * @param {Record<string, unknown>} payload
   */
  #tell(action, payload) {
    this.#say(action, payload).catch(() => {});
  }

  /** @param {Partial<Call>} change */
  #set(change) {
    // Who is on the other side is said once, at the start of a call: nothing of the last one stays.
    this.call = /** @type {Call} */ (change.peerId ? change : { ...this.call, ...change });
    this.dispatchEvent(new Event("change"));
  }
}
