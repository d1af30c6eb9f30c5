// Points on a canvas, in colours by their group; one is chosen by a click or by keys, some by a drag.

const MARGIN = 14;
const NEAR = 10;
const MOST_FACES = 150; // of no more clips their pictures stand for the points
const FACE = 44; // px
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The colour of a group; of none a faint one. Neighbours in the list differ most: steps of the golden angle. */
export function colourOf(group) {
  return group < 0 ? "var(--faint)" : `hsl(${(group * 137.508 + 215) % 360} 62% 52%)`;
}

/** Draws `told` ({x, y, group}) and calls on.hover(at), on.choose(at), on.drag({left, right, bottom, top}). */
export class Scatter {
  constructor(canvas, told, on) {
    Object.assign(this, { canvas, told, on, drawing: 0, shown: -1, at: -1, from: null, to: null });
    this.faces = told.rows.length > MOST_FACES ? [] : told.rows.map((row) => this.face(row));
    this.near = this.faces.length ? FACE / 2 : NEAR;
    this.margin = MARGIN + (this.faces.length ? FACE / 2 : 0);
    this.watch = new ResizeObserver(() => this.draw());
    this.watch.observe(canvas);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.redraw = () => this.draw();
    this.scheme.addEventListener("change", this.redraw);
    canvas.onpointerdown = (event) => this.press(event);
    canvas.onpointermove = (event) => this.move(event);
    canvas.onpointerup = (event) => this.release(event);
    canvas.onpointercancel = () => this.drop();
    canvas.onpointerleave = () => on.hover(-1);
    canvas.tabIndex = 0;
    canvas.onkeydown = (event) => this.key(event);
    canvas.onblur = () => this.stand(-1);
  }

  /** The face of a clip where one was cut out, else its picture; drawn when it has come. */
  face(row) {
    const image = new Image();
    image.onload = () => {
      cancelAnimationFrame(this.drawing);
      this.drawing = requestAnimationFrame(() => this.draw());
    };
    image.onerror = () => {
      image.onerror = null;
      image.src = `poster/${row}`;
    };
    image.src = this.told.face ? `media/${row}/face.jpg` : `poster/${row}`;
    return image;
  }

  close() {
    this.watch.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
  }

  /** Shows one group and lets the others fade; all with -1. */
  show(group) {
    this.shown = group;
    this.draw();
  }

  draw() {
    const { canvas, told } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !height) return;
    const scale = devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const drawn = canvas.getContext("2d");
    drawn.scale(scale, scale);
    this.fit(width, height);
    const faint = getComputedStyle(canvas).getPropertyValue("color");
    const size = told.x.length > 4000 ? 1.6 : told.x.length > 400 ? 2.4 : 4;
    for (let at = told.x.length - 1; at >= 0; at--) {
      const group = told.group[at];
      const aside = this.shown >= 0 && group !== this.shown;
      drawn.globalAlpha = aside ? 0.08 : group < 0 ? 0.45 : 0.8;
      drawn.fillStyle = group < 0 ? faint : colourOf(group);
      const [x, y] = [this.left(told.x[at]), this.top(told.y[at])];
      if (this.faces[at]?.naturalWidth) {
        drawn.globalAlpha = aside ? 0.15 : 1;
        drawFace(drawn, this.faces[at], x, y);
        continue;
      }
      drawn.beginPath();
      drawn.arc(x, y, size, 0, 2 * Math.PI);
      drawn.fill();
    }
    if (this.at >= 0) this.drawStand(drawn);
    if (this.from && this.to) this.drawBox(drawn, faint);
  }

  /** A frame about the point on which the keys stand, its face above the others. */
  drawStand(drawn) {
    const [x, y] = [this.left(this.told.x[this.at]), this.top(this.told.y[this.at])];
    const half = this.faces.length ? FACE / 2 + 3 : NEAR;
    drawn.globalAlpha = 1;
    if (this.faces[this.at]?.naturalWidth) drawFace(drawn, this.faces[this.at], x, y);
    drawn.lineWidth = 3;
    drawn.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--ink");
    drawn.strokeRect(x - half, y - half, 2 * half, 2 * half);
    drawn.lineWidth = 1;
  }

  drawBox(drawn, colour) {
    drawn.globalAlpha = 1;
    drawn.strokeStyle = colour;
    drawn.setLineDash([4, 3]);
    drawn.strokeRect(this.from.x, this.from.y, this.to.x - this.from.x, this.to.y - this.from.y);
  }

  /** One scale for both directions, so that distances are true. */
  fit(width, height) {
    const { x, y } = this.told;
    const ends = (values) => values.reduce(([least, most], one) => [Math.min(least, one), Math.max(most, one)], [Infinity, -Infinity]);
    const [[left, right], [bottom, top]] = [ends(x), ends(y)];
    this.zoom = Math.min((width - 2 * this.margin) / Math.max(right - left, 1e-6), (height - 2 * this.margin) / Math.max(top - bottom, 1e-6));
    this.middle = { x: width / 2 - (this.zoom * (left + right)) / 2, y: height / 2 + (this.zoom * (bottom + top)) / 2 };
  }

  left(x) {
    return this.middle.x + this.zoom * x;
  }

  top(y) {
    return this.middle.y - this.zoom * y;
  }

  nearest({ x, y }) {
    let [found, best] = [-1, this.near * this.near];
    for (let at = 0; at < this.told.x.length; at++) {
      const apart = (this.left(this.told.x[at]) - x) ** 2 + (this.top(this.told.y[at]) - y) ** 2;
      if (apart < best) [found, best] = [at, apart];
    }
    return found;
  }

  /** Arrows go to the next point in their direction, Enter chooses the one that is stood on. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && this.at >= 0) return this.on.choose(this.at);
    if (!WAYS[event.key]) return;
    event.preventDefault();
    this.stand(this.at < 0 ? 0 : beside(this.told, this.at, WAYS[event.key]));
  }

  stand(at) {
    this.at = at;
    this.on.hover(at);
    this.draw();
  }

  press(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.from = { x: event.offsetX, y: event.offsetY };
  }

  move(event) {
    const now = { x: event.offsetX, y: event.offsetY };
    if (this.from) {
      this.to = now;
      this.draw();
    } else {
      const at = this.nearest(now);
      this.canvas.style.cursor = at < 0 ? "crosshair" : "pointer";
      this.on.hover(at);
    }
  }

  release(event) {
    const [from, to] = [this.from, { x: event.offsetX, y: event.offsetY }];
    this.drop();
    if (!from) return;
    if (Math.hypot(to.x - from.x, to.y - from.y) < 5) {
      const at = this.nearest(to);
      if (at >= 0) this.on.choose(at);
      return;
    }
    const across = [from.x, to.x].map((x) => (x - this.middle.x) / this.zoom).sort((a, b) => a - b);
    const up = [from.y, to.y].map((y) => (this.middle.y - y) / this.zoom).sort((a, b) => a - b);
    const [left, right, bottom, top] = [...across, ...up].map((value) => Number(value.toFixed(4)));
    this.on.drag({ left, right, bottom, top });
  }

  drop() {
    this.from = this.to = null;
    this.draw();
  }
}

/** The point that comes next in a direction: near, and not far aside; the same where there is none. */
function beside({ x, y }, at, [right, up]) {
  let [found, best] = [at, Infinity];
  for (let other = 0; other < x.length; other++) {
    const [across, above] = [x[other] - x[at], y[other] - y[at]];
    const along = across * right + above * up;
    const far = along + 2 * Math.abs(across * up - above * right);
    if (along > 0 && far < best) [found, best] = [other, far];
  }
  return found;
}

/** The middle of a picture as a square, upper part first, in the colour of its group. */
function drawFace(drawn, image, x, y) {
  const side = Math.min(image.naturalWidth, image.naturalHeight);
  const top = Math.min((image.naturalHeight - side) / 2, image.naturalHeight * 0.1);
  drawn.fillRect(x - FACE / 2 - 2, y - FACE / 2 - 2, FACE + 4, FACE + 4);
  drawn.drawImage(image, (image.naturalWidth - side) / 2, top, side, side, x - FACE / 2, y - FACE / 2, FACE, FACE);
}
