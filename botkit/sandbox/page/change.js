/** Changes of a call that goes on: this side holds it, or the other side offers something else. */

/** @typedef {import("./line.js").Line} Line */

export class Changes {
  #held = false;
  /** @type {boolean | null} what the other side is being asked for; null = nothing */
  #wish = null;

  /**
   * @param {Line} line
   * @param {(action: string, payload: Record<string, unknown>) => Promise<unknown>} say on the wire
   * @param {(change: {held?: boolean, asking?: boolean}) => void} show
   */
  constructor(line, say, show) {
    this.line = line;
    this.say = say;
    this.show = show;
  }

  /**
   * Asks the other side to agree to a hold, or to the end of one. Nothing while it is being asked already.
   *
   * @param {boolean} held
   */
  async ask(held) {
    if (!this.line.peer || this.#wish !== null) return;
    this.#wish = held;
    this.show({ asking: true });
    try {
      const sdp = { type: "offer", sdp: await this.line.peer.offerHold(held) };
      const { rtcSessionId } = this.line.ids;
      const transactionId = crypto.randomUUID();
      await this.say("CHANGE_MEDIA_TYPE", { changeMediaType: { rtcSessionId, sdp, mediaTypes: ["AUDIO"], transactionId } });
    } catch {
      await this.#asBefore();
    }
  }

  /**
   * @param {string} action
   * @param {Record<string, any>} body
   * @returns {Promise<boolean>} it was about a change
   */
  async hear(action, body) {
    if (action === "CHANGE_MEDIA_TYPE_REQUESTED") {
      await this.#answer(body.changeMediaRequested);
    } else if (this.#wish !== null && action === "SDP_ANSWER") {
      await this.line.peer?.accept(body.sdpAnswer.sdp.sdp);
      this.#held = this.#wish;
      this.#wish = null;
      this.show({ held: this.#held, asking: false });
    } else if (this.#wish !== null && action === "SDP_FAILED") {
      await this.#asBefore();
    } else {
      return false;
    }
    return true;
  }

  /**
   * Agrees to what is for the connection that there is, and to nothing else.
   *
   * @param {{sdp?: {sdp?: string}, transactionId: string}} asked
   */
  async #answer({ sdp, transactionId }) {
    const ids = { rtcSessionId: this.line.ids.rtcSessionId, transactionId };
    const offer = sdp?.sdp ?? "";
    if (!this.line.peer?.fits(offer)) {
      await this.say("CHANGE_MEDIA_REJECT", { changeMediaReject: ids }).catch(() => {});
      return;
    }
    const answer = { type: "answer", sdp: await this.line.peer.answer(offer) };
    await this.say("CHANGE_MEDIA_ACCEPT", { changeMediaAccept: { ...ids, sdp: answer } }).catch(() => {});
  }

  /**
   * The other side does not agree. A browser stops sending with the offer of a hold, and does not begin again
   * when it is taken back: that takes an offer of what was before.
   */
  async #asBefore() {
    const wish = this.#wish;
    await this.line.peer?.takeBack(this.#held).catch(() => {}); // the call may be over
    this.#wish = null;
    this.show({ asking: false });
    if (wish !== this.#held) await this.ask(this.#held);
  }
}
