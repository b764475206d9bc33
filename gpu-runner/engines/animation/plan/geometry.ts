/** What is cut out of a source frame and how large it becomes. Pure. Pixels count from the top left. */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Size {
  readonly x: number;
  readonly y: number;
}

/** Size of the upright source frames in stored pixels, and how much wider than high a stored pixel is shown. */
export interface SourceShape extends Size {
  readonly pixelAspect: number;
}

/** Where a frame of the result comes from: `crop` in stored pixels, null for all of it, scaled to `width` × `height`. */
export interface View extends Size {
  readonly crop: Rectangle | null;
}

/** Room around a subject that is cropped to, as a share of its longer side. */
const SUBJECT_MARGIN = 0.03;

/**
 * The view for a wished crop: `shape` is "none" or a ratio as "16:9", from the middle; `subject` (shares of width and
 * height, 0 to 1) goes before it. Never larger than the source, its longest side at most `maxSidePx`, times `scale`.
 */
export function planView(
  source: SourceShape,
  wishes: {
    readonly shape: string;
    readonly subject?: Rectangle | undefined;
    readonly maxSidePx: number;
    readonly scale?: number;
  },
): View {
  const crop = wishes.subject ? cropToSubject(source, wishes.subject) : cropToShape(source, wishes.shape);
  const { width, height } = crop ?? source;
  // A pixel that is not square is made so by widening the picture, never by making it lower.
  const shown = { width: width * Math.max(source.pixelAspect, 1), height: height / Math.min(source.pixelAspect, 1) };
  const scale = Math.min(1, wishes.maxSidePx / Math.max(shown.width, shown.height)) * (wishes.scale ?? 1);
  return {
    crop,
    width: Math.max(1, Math.round(shown.width * scale)),
    height: Math.max(1, Math.round(shown.height * scale)),
  };
}

function cropToShape(source: SourceShape, shape: string): Rectangle | null {
  const [across = 0, down = 0] = shape.split(":").map(Number);
  if (!(across > 0 && down > 0)) return null;
  const ratio = across / down / source.pixelAspect;
  const width = Math.min(source.width, source.height * ratio);
  const height = Math.min(source.height, source.width / ratio);
  return place({ x: (source.width - width) / 2, y: (source.height - height) / 2, width, height }, source);
}

function cropToSubject(source: SourceShape, subject: Rectangle): Rectangle | null {
  const box = {
    x: subject.x * source.width,
    y: subject.y * source.height,
    width: subject.width * source.width,
    height: subject.height * source.height,
  };
  const margin = Math.max(box.width, box.height) * SUBJECT_MARGIN;
  // Outwards to even pixels, so that nothing of the margin is lost where `place` rounds.
  const x = Math.max(0, roundDown(box.x - margin));
  const y = Math.max(0, roundDown(box.y - margin));
  const right = Math.min(source.width, -roundDown(-(box.x + box.width + margin)));
  const bottom = Math.min(source.height, -roundDown(-(box.y + box.height + margin)));
  return place({ x, y, width: right - x, height: bottom - y }, source);
}

/** To the even number below. */
function roundDown(value: number): number {
  return Math.floor(value / 2) * 2;
}

/** On whole pixels; on even ones where there are enough, because most videos store colour for two by two pixels. */
function place(box: Rectangle, source: Size): Rectangle | null {
  const [x, width] = placeAlong(box.x, box.width, source.width);
  const [y, height] = placeAlong(box.y, box.height, source.height);
  return width === source.width && height === source.height ? null : { x, y, width, height };
}

const EVEN_FROM_PX = 16;

function placeAlong(at: number, length: number, limit: number): [number, number] {
  const step = limit >= EVEN_FROM_PX ? 2 : 1;
  const size = Math.min(Math.max(Math.round(length / step) * step, step), limit);
  const start = Math.min(Math.max(Math.floor(at / step) * step, 0), limit - size);
  return [start, size];
}
