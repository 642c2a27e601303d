/** What calls say on the Circuit wire: the payloads, and the words for its causes. */

/**
 * @typedef {object} CallIds
 * @property {string} convId
 * @property {string} rtcSessionId the conversation's, the same for every call in it
 * @property {string} ownerId who made the conversation
 */

/** Why a call did not come about. */
const ENDINGS = new Map([
  ["BUSY", "Busy on another call"],
  ["DECLINE", "Declined"],
  ["TIMEOUT", "No answer"],
  ["NOT_REACHABLE", "Not reachable right now"],
  ["TEMPORARILY_UNAVAILABLE", "Not reachable right now"],
  ["REVOKED", "The caller hung up"],
  ["ACCEPT", "Answered on another device"],
]);

/**
 * @param {string} cause
 * @param {string} otherwise
 * @returns {string}
 */
export function endingOf(cause, otherwise) {
  return ENDINGS.get(cause) ?? otherwise;
}

/**
 * @param {import("./store.js").Conversation} conversation
 * @returns {CallIds}
 */
export function idsOf({ convId, rtcSessionId, creatorId }) {
  return { convId, rtcSessionId, ownerId: creatorId };
}

/**
 * The payload of JOIN and ANSWER, which is the same.
 *
 * @param {CallIds} ids
 * @param {string} displayName
 * @param {{type: string, sdp: string}} sdp
 * @param {{callOut: boolean, transactionId?: string}} how `callOut` rings the others; an answer repeats the
 *   transaction of the invitation
 */
export function joining(ids, displayName, sdp, { callOut, transactionId = crypto.randomUUID() }) {
  return {
    ...ids,
    sdp,
    callOut,
    transactionId,
    displayName,
    mediaType: ["AUDIO"],
    handover: false,
    sendInviteCancel: true,
    isTelephonyConversation: false,
    screenSharePointerSupported: false,
    rtcSupportedFeatures: ["MID_STREAM_MAPPING"],
    asyncSupported: true,
  };
}

/**
 * @param {any[] | undefined} servers as PREPARE gives them; the first one counts
 * @returns {RTCIceServer[]}
 */
export function iceServers(servers) {
  const { turnServer = [], username = "", password = "" } = servers?.[0] ?? {};
  return turnServer.length ? [{ urls: turnServer, username, credential: password }] : [];
}
