/** Sound in and out of the browser: the microphone or a silence in its place, and how loud the other side is. */

/** Why there is no microphone, by the browser's names. */
const SILENCES = new Map([
  ["NotAllowedError", "The browser may not use the microphone. Allow it beside the address, then call again."],
  ["NotFoundError", "This computer has no microphone."],
  ["NotReadableError", "Another program is using the microphone. Close it, then call again."],
]);
const NO_SECURE_CONTEXT = "Browsers give the microphone only to pages on https or on this computer itself.";

/**
 * A track to send. A call must not need a microphone: without one (or without permission) the caller sends
 * silence, hears everything, and presses keys.
 *
 * @param {AudioContext} context
 * @returns {Promise<{track: MediaStreamTrack, silence: string}>} `silence`: why it is silent, empty when it is
 *   the microphone
 */
export async function outgoingTrack(context) {
  if (!navigator.mediaDevices) return { track: silentTrack(context), silence: NO_SECURE_CONTEXT };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    return { track: stream.getAudioTracks()[0], silence: "" };
  } catch (error) {
    const name = /** @type {DOMException} */ (error).name;
    return { track: silentTrack(context), silence: SILENCES.get(name) ?? "The microphone cannot be used." };
  }
}

/**
 * @param {AudioContext} context
 * @returns {MediaStreamTrack} of a node that never gets any input, and still ticks
 */
function silentTrack(context) {
  const destination = context.createMediaStreamDestination();
  const source = new ConstantSourceNode(context, { offset: 0 });
  source.connect(destination);
  source.start();
  return destination.stream.getAudioTracks()[0];
}

/** Quieter than this is silence, in decibels below full scale. */
const FLOOR_DB = -60;

/**
 * Watches a stream's loudness.
 *
 * @param {AudioContext} context
 * @param {MediaStream} stream
 * @param {(level: number) => void} onLevel 0 to 1, once per drawn frame
 * @returns {() => void} stops watching
 */
export function watchLevel(context, stream, onLevel) {
  const source = context.createMediaStreamSource(stream);
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = requestAnimationFrame(measure);

  function measure() {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = 10 * Math.log10(power + 1e-12);
    onLevel(Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB)));
    frame = requestAnimationFrame(measure);
  }

  return () => {
    cancelAnimationFrame(frame);
    source.disconnect();
  };
}
