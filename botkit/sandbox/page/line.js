/** One end of one call: what there is to close when it is over. */

/** What only the phone itself needs to know of a call. */
export class Line {
  /** @type {import("./peer.js").Peer | null} */
  peer = null;
  /** @type {any} */
  invite = null;
  timer = 0;
  /** @type {import("./change.js").Changes | null} */
  changes = null;
  /** The server may know of this end of the call, so it must be told when it is over. */
  known = false;
  /** @type {AudioContext | null} made in the click that starts or takes the call: only there may it sound */
  context = null;

  /** @param {import("./signalling.js").CallIds} ids */
  constructor(ids) {
    this.ids = ids;
  }

  close() {
    window.clearTimeout(this.timer);
    this.peer?.close();
    void this.context?.close();
  }
}
