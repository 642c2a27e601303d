/** What a phone does to be heard: two soft strokes, a pause, over and over. */

const RATE = 16_000;
const HERTZ = [440, 554];
/** When the strokes begin, in seconds. */
const STROKES = [0, 0.55];
const STROKE_SECONDS = 0.4;
const TURN_SECONDS = 3;
const FADE_SECONDS = 0.02;
const LOUDNESS = 0.06;

/**
 * Rings until told otherwise; silently where the browser keeps a page quiet that nobody has touched yet.
 *
 * @returns {() => void} stops it
 */
export function ring() {
  if (!navigator.userActivation?.hasBeenActive) return () => {};
  const context = new AudioContext();
  const source = new AudioBufferSourceNode(context, { buffer: turn(context), loop: true });
  source.connect(context.destination);
  source.start();
  return () => void context.close();
}

/** @param {AudioContext} context */
function turn(context) {
  const buffer = context.createBuffer(1, TURN_SECONDS * RATE, RATE);
  const samples = buffer.getChannelData(0);
  for (const begin of STROKES) {
    for (let at = 0; at < STROKE_SECONDS * RATE; at += 1) {
      const seconds = at / RATE;
      const edge = Math.min(1, seconds / FADE_SECONDS, (STROKE_SECONDS - seconds) / FADE_SECONDS);
      const wave = HERTZ.reduce((sum, hertz) => sum + Math.sin(2 * Math.PI * hertz * seconds), 0);
      samples[Math.round(begin * RATE) + at] = LOUDNESS * edge * wave;
    }
  }
  return buffer;
}
