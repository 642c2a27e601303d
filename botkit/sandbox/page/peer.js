/**
 * The media half of a call: one RTCPeerConnection with one audio line, offers and answers as text, keys as
 * RFC 4733 telephone-events. It knows nothing of ringing or of the socket.
 */

/** A complete offer spares the trickle; who gathers longer than this trickles the rest. */
const GATHERING_MS = 800;
const KEY_MS = 120;
const KEY_GAP_MS = 60;

/**
 * @typedef {object} PeerHandlers
 * @property {(stream: MediaStream) => void} sound the other side's audio, once
 * @property {(state: RTCPeerConnectionState) => void} state
 * @property {(candidates: string[]) => void} candidates late ones, each a JSON text as the wire wants it
 */

export class Peer {
  #connection;
  #sender;
  #track;
  #sent = false;
  /** @type {RTCIceCandidateInit[]} candidates of the other side that came before its description */
  #waiting = [];

  /**
   * @param {MediaStreamTrack} track
   * @param {RTCIceServer[]} iceServers
   * @param {PeerHandlers} handlers
   */
  constructor(track, iceServers, handlers) {
    this.#track = track;
    this.#connection = new RTCPeerConnection({ iceServers });
    this.#sender = this.#connection.addTrack(track, new MediaStream([track]));
    this.#connection.addEventListener("track", (event) => {
      handlers.sound(event.streams[0] ?? new MediaStream([event.track]));
    });
    this.#connection.addEventListener("connectionstatechange", () => handlers.state(this.#connection.connectionState));
    this.#connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate && candidate.candidate && this.#sent) handlers.candidates([wireCandidate(candidate)]);
    });
  }

  /** The `o=` line of our description, by which the other side tells our candidates. */
  get origin() {
    return originOf(this.#connection.localDescription?.sdp ?? "");
  }

  /** @returns {Promise<string>} SDP */
  async offer() {
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#description();
  }

  /**
   * @param {string} offer SDP
   * @returns {Promise<string>} SDP
   */
  async answer(offer) {
    await this.#connection.setRemoteDescription({ type: "offer", sdp: offer });
    await this.#connection.setLocalDescription(await this.#connection.createAnswer());
    return this.#description();
  }

  /**
   * Offers to hold the call, or to go on with it.
   *
   * @param {boolean} held
   * @returns {Promise<string>} SDP
   */
  async offerHold(held) {
    this.#connection.getTransceivers()[0].direction = held ? "inactive" : "sendrecv";
    return this.offer();
  }

  /**
   * The other side does not agree to what was offered last: what was before stays.
   *
   * @param {boolean} held as it was
   */
  async takeBack(held) {
    await this.#connection.setLocalDescription({ type: "rollback" });
    this.#connection.getTransceivers()[0].direction = held ? "inactive" : "sendrecv";
  }

  /**
   * @param {string} offer SDP
   * @returns {boolean} it is for the connection that there is, and nothing of ours waits for an answer
   */
  fits(offer) {
    const known = fingerprintOf(this.#connection.remoteDescription?.sdp ?? "");
    return this.#connection.signalingState === "stable" && fingerprintOf(offer) === known;
  }

  /** @param {string} answer SDP */
  async accept(answer) {
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
    for (const candidate of this.#waiting.splice(0)) await this.#add(candidate);
  }

  /**
   * @param {string} origin `o=` line the candidates belong to; empty fits any
   * @param {string[]} candidates JSON texts
   */
  async addCandidates(origin, candidates) {
    const remote = this.#connection.remoteDescription;
    if (remote && origin && originOf(remote.sdp) !== origin.trim()) return;
    for (const text of candidates) {
      const candidate = parsedCandidate(text);
      if (!candidate) continue;
      if (remote) await this.#add(candidate);
      else this.#waiting.push(candidate);
    }
  }

  /**
   * Sends a key. Keys pressed faster than they sound queue up: `insertDTMF` replaces what has not sounded yet,
   * so that goes in again.
   *
   * @param {string} key one of 0-9 * #
   * @returns {boolean} false when the other side takes no keys
   */
  press(key) {
    const dtmf = this.#sender.dtmf;
    if (!dtmf?.canInsertDTMF) return false;
    dtmf.insertDTMF(dtmf.toneBuffer + key, KEY_MS, KEY_GAP_MS);
    return true;
  }

  /** @param {boolean} muted */
  mute(muted) {
    this.#track.enabled = !muted;
  }

  close() {
    this.#track.stop();
    this.#connection.close();
  }

  /**
   * One candidate less is no reason to end a call: it may be of a line we refused, or of a kind unknown here.
   *
   * @param {RTCIceCandidateInit} candidate
   */
  async #add(candidate) {
    await this.#connection.addIceCandidate(candidate).catch(() => {});
  }

  /** Waits for the candidates, not for ever, and gives the description with what was found. */
  async #description() {
    await gathered(this.#connection);
    this.#sent = true;
    return /** @type {RTCSessionDescription} */ (this.#connection.localDescription).sdp;
  }
}

/** @param {RTCPeerConnection} connection */
function gathered(connection) {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const timer = window.setTimeout(resolve, GATHERING_MS);
      connection.addEventListener("icegatheringstatechange", () => {
        if (connection.iceGatheringState !== "complete") return;
        window.clearTimeout(timer);
        resolve();
      });
    })
  );
}

/** @param {string} sdp */
function originOf(sdp) {
  return /^o=.*$/m.exec(sdp)?.[0].trim() ?? "";
}

/** @param {string} sdp */
function fingerprintOf(sdp) {
  return /^a=fingerprint:.*$/m.exec(sdp)?.[0].trim() ?? "";
}

/** @param {RTCIceCandidate} candidate */
function wireCandidate({ candidate, sdpMid, sdpMLineIndex }) {
  return JSON.stringify({ candidate, sdpMid, sdpMLineIndex });
}

/**
 * @param {string} text
 * @returns {RTCIceCandidateInit | null} null for the end mark, and for noise
 */
function parsedCandidate(text) {
  try {
    const candidate = JSON.parse(text);
    return String(candidate.candidate).startsWith("candidate:") ? candidate : null;
  } catch {
    return null;
  }
}
