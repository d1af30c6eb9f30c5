// Plots on canvases: waveform, spectrum, curves. A canvas is as large as its pixels; time goes from 0 to `duration`.
import { colour, dark, lineColour } from "./colours.js";

/** The outline of a sound: least and greatest sample of each stretch. */
export function drawWaveform(canvas, { data, shape, seconds }, duration) {
  const context = canvas.getContext("2d");
  const [wide, high] = [canvas.width, canvas.height];
  const loudest = Math.max(0.05, ...data.map(Math.abs));
  context.fillStyle = colour("--wave");
  const end = (seconds / duration) * wide;
  for (let x = 0; x < end; x++) {
    const first = Math.floor((x / end) * shape[0]);
    const behind = Math.max(first + 1, Math.floor(((x + 1) / end) * shape[0]));
    let [low, top] = [1, -1];
    for (let at = first; at < behind; at++) {
      low = Math.min(low, data[2 * at]);
      top = Math.max(top, data[2 * at + 1]);
    }
    const [above, below] = [top, low].map((one) => (0.5 - one / loudest / 2) * high);
    context.fillRect(x, above, 1, Math.max(1, below - above));
  }
}

/** How strong each pitch is, 0 to 8 kHz upwards. */
export function drawSpectrum(canvas, { data, shape, seconds }, duration) {
  const [rows, columns] = shape;
  const small = new OffscreenCanvas(columns, rows);
  const picture = new ImageData(columns, rows);
  for (let at = 0; at < data.length; at++) picture.data.set(dark.matches ? glow(data[at] / 255) : pale(data[at] / 255), 4 * at);
  small.getContext("2d").putImageData(picture, 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, (seconds / duration) * canvas.width, canvas.height);
}

const glow = (level) => [255 * level ** 1.4, 215 * level ** 2.4, 70 + 150 * Math.sin(level * 2.2), 255 * Math.min(1, level * 1.6)];
const pale = (level) => [40 + 60 * (1 - level), 60 * (1 - level) + 30, 120 * (1 - level) + 90, 255 * level ** 1.5];

/** The least and greatest number of a curve's lines. */
export function rangeOf({ data, shape }, curve) {
  const [first, behind] = placed(curve, shape[1]);
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < shape[0]; row++) {
    for (let at = first; at < behind; at++) {
      const value = data[row * shape[1] + at];
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}

/** The lines of a curve, on one scale; zero is faint where it is in reach. */
export function drawCurve(canvas, found, duration, curve) {
  const { data, shape } = found;
  const { low, high } = rangeOf(found, curve);
  if (!(low <= high)) return;
  const context = canvas.getContext("2d");
  const ratio = devicePixelRatio || 1;
  const [first, behind] = placed(curve, shape[1]);
  const level = (value) => canvas.height - 3 * ratio - ((value - low) / (high - low || 1)) * (canvas.height - 6 * ratio);
  if (low < 0 && high > 0) {
    context.fillStyle = colour("--line");
    context.fillRect(0, level(0), canvas.width, 1);
  }
  const gap = (2.5 * duration) / Math.max(1, shape[0]);
  for (let at = first; at < behind; at++) {
    context.beginPath();
    let before = -Infinity;
    for (let row = 0; row < shape[0]; row++) {
      const [seconds, value] = [data[row * shape[1]], data[row * shape[1] + at]];
      if (!Number.isFinite(value)) continue;
      const x = (seconds / duration) * canvas.width;
      if (seconds - before > gap) context.moveTo(x, level(value));
      context.lineTo(x + (seconds - before > gap ? 1 : 0), level(value));
      before = seconds;
    }
    context.strokeStyle = behind - first > 1 ? lineColour(at - first) : colour("--accent");
    context.lineWidth = 1.25 * ratio;
    context.stroke();
  }
}

function placed({ lines, first }, width) {
  return lines.length === 1 && lines[0] === "by track" ? [1, width] : [1 + first, 1 + first + lines.length];
}
