// Which points belong together: lines of the layouts that columns have.

const run = (first, last, closed = false) => {
  const line = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  return closed ? [...line, first] : line;
};
const moved = (lines, by) => lines.map((line) => line.map((one) => one + by));

/** iBUG's 68 points, as dlib counts. */
export const FACE_68 = [
  run(0, 16), run(17, 21), run(22, 26), run(27, 30), run(31, 35),
  run(36, 41, true), run(42, 47, true), run(48, 59, true), run(60, 67, true),
];

// OpenPose's order of 18 points of the body.
const BODY = [
  [0, 1], [1, 2, 3, 4], [1, 5, 6, 7], [1, 8, 9, 10], [1, 11, 12, 13], [16, 14, 0, 15, 17],
];
const FEET = [[13, 18], [13, 19], [13, 20], [10, 21], [10, 22], [10, 23]];
const HAND = [[0, 1, 2, 3, 4], [0, 5, 6, 7, 8], [0, 9, 10, 11, 12], [0, 13, 14, 15, 16], [0, 17, 18, 19, 20]];

/** The 134 points: body 0-17, feet 18-23, face 24-91, left hand 92-112, right hand 113-133. */
export const WHOLE_134 = [...BODY, ...FEET, ...moved(FACE_68, 24), ...moved(HAND, 92), ...moved(HAND, 113)];

/** Outlines in MediaPipe's mesh of 468 points, and the two irises behind it: oval, lips, eyes, brows. */
export const MESH_478 = [
  [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136,
    172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109, 10],
  [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185, 61],
  [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191, 78],
  [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246, 33],
  [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466, 263],
  [70, 63, 105, 66, 107], [300, 293, 334, 296, 336],
  run(469, 472, true), run(474, 477, true),
];

/** The lines of a group of points, by how many it has. */
export const LINES = { 68: FACE_68, 134: WHOLE_134, 478: MESH_478 };
