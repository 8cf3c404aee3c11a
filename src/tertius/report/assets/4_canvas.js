/* What is drawn on a canvas: marks, and the whole run in one narrow strip. */

const STRIP = 26;

/* What went wrong above, what the chosen event rests on and reached below. */
class Strip {
  constructor(run, onShare) {
    this.run = run;
    this.canvas = el("canvas", {
      class: "strip", "aria-hidden": "true",
      onclick: (click) => onShare(click.offsetX / this.canvas.clientWidth),
    });
  }

  draw(ink, width, marks, event) {
    const pen = this.canvas.getContext("2d");
    const { count, found, signs } = this.run;
    const at = (i) => (i / Math.max(1, count)) * width;
    const wide = Math.max(1, width / count - 0.5);
    pen.fillStyle = ink.card;
    pen.fillRect(0, 0, width, STRIP);
    for (let i = 0; i < count; i += 1) {
      pen.fillStyle = [ink.line, ink.cause, ink.effect][marks[i]];
      pen.fillRect(at(i), 12, wide, 10);
    }
    for (const evidence of found.keys()) {
      pen.fillStyle = ink[this.run.severity(evidence)];
      pen.fillRect(at(evidence), 2, Math.max(2.5, wide), 8);
    }
    for (const { event: place, failed } of signs) {
      pen.fillStyle = failed ? ink.high : ink.medium;
      pen.fillRect(at(place) + wide / 2 - 1.5, failed ? 0 : 5, 3, failed ? STRIP : 6);
    }
    if (event >= 0) {
      pen.fillStyle = ink.accent;
      pen.fillRect(at(event) - 1, 0, Math.max(3, wide), STRIP);
    }
  }
}

/* The colours of the page as they are now, light or dark. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const names = ["card", "ink", "soft", "line", "mark", "accent", "cause", "effect", ...SEVERITIES];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/* Give a canvas its size, in as many pixels as the screen has. */
function sharp(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
}

/* What an event was shows in its shape as well as in the words beside it. */
function shape(pen, kind, x, y, size) {
  if (kind.startsWith("tool")) pen.rect(x - size, y - size, 2 * size, 2 * size);
  else if (kind.startsWith("memory") || kind === "model.called") {
    pen.moveTo(x, y - size);
    pen.lineTo(x + size, y);
    pen.lineTo(x, y + size);
    pen.lineTo(x - size, y);
  } else if (kind.startsWith("message")) pen.arc(x, y, size, 0, 7);
  else pen.rect(x - 1.5, y - size, 3, 2 * size);
}

/* A cross that shows on any colour: on a rim of the paper's. */
function cross(pen, ink, x, y, size) {
  for (const [colour, width] of [[ink.card, 6], [ink.high, 2.5]]) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.beginPath();
    for (const way of [-1, 1]) {
      pen.moveTo(x - size, y - way * size);
      pen.lineTo(x + size, y + way * size);
    }
    pen.stroke();
  }
}

function fitted(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let keep = text.length;
  while (keep > 1 && pen.measureText(`${text.slice(0, keep)}…`).width > width) keep -= 1;
  return `${text.slice(0, keep)}…`;
}
