/** The title of the window: what is on show, and in turn with it what cannot wait. */

const TURN_MS = 1000;

export class WindowTitle {
  #words = document.title;
  #urgent = "";
  #timer = 0;

  /** @param {string} words what is on show */
  set words(words) {
    this.#words = words;
    if (!this.#urgent) document.title = words;
  }

  /**
   * Shows something urgent and the usual words by turns.
   *
   * @param {string} urgent empty = no more
   */
  blink(urgent) {
    if (urgent === this.#urgent) return;
    window.clearInterval(this.#timer);
    this.#urgent = urgent;
    document.title = urgent || this.#words;
    if (!urgent) return;
    this.#timer = window.setInterval(() => {
      document.title = document.title === urgent ? this.#words : urgent;
    }, TURN_MS);
  }
}
