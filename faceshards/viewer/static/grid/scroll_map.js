// A scroll area higher than browsers make elements: a place of the content for each place of the scroll bar.
//
//     scroll bar   0 ... EXACT ............ height - EXACT ... height
//     content      0 ... EXACT ..(stretched).. total - EXACT ... total
//
// Near both ends a pixel is a pixel, so that the first and last line are reached as ever; between them the bar is a
// scale. A gesture is followed pixel by pixel wherever it begins; only the bar's own thumb makes leaps.

/** Firefox draws elements up to some 17 million pixels high, Chromium up to 33. */
export const HIGHEST = 8_000_000;
const EXACT = 500_000;

/** The height in pixels that an element has for so much content. */
export function barHeight(total) {
  return Math.min(total, HIGHEST);
}

/** The place of the content, in pixels, at a place of the bar, for content `total` high and a window `seen` high. */
export function contentAt(bar, total, seen) {
  if (total <= HIGHEST) return bar;
  const [last, end] = [HIGHEST - seen, total - seen];
  if (bar <= EXACT) return bar;
  if (bar >= last - EXACT) return end - (last - bar);
  return EXACT + ((bar - EXACT) * (end - 2 * EXACT)) / (last - 2 * EXACT);
}

/** The place of the bar at a place of the content: the inverse. */
export function barAt(content, total, seen) {
  if (total <= HIGHEST) return content;
  const [last, end] = [HIGHEST - seen, total - seen];
  if (content <= EXACT) return content;
  if (content >= end - EXACT) return last - (end - content);
  return EXACT + ((content - EXACT) * (last - 2 * EXACT)) / (end - 2 * EXACT);
}
