/**
 * Painted pieces and how they lie on each other. A layer is a list of pieces that do not overlap; `composite` lays one
 * layer over another by cutting: the opaque hides, the translucent splits what is below it and mixes the colours
 * (source-over, associative). Layers are laid in pairs, so that n layers cost n·log n and not n².
 */
import { difference, EMPTY, intersect, type Region, union } from "../region.ts";

export interface Rgb {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}
export interface Paint extends Rgb {
  /** 0 (nothing) to 1 (opaque). */
  readonly alpha: number;
}
export interface Piece {
  readonly paint: Paint;
  readonly region: Region;
}
export type Layer = readonly Piece[];

/** Above this opacity a piece hides what is below it. */
const OPAQUE = 0.999;
/** Below this opacity a piece can't be seen: 8/255, one step of an 8-bit picture's eye. */
export const INVISIBLE = 8 / 255;

/** Most pairs of a translucent piece and one below it that two layers are split into; beyond, translucent becomes opaque. */
const MAX_PAIRS = 10_000;

/** Lays layers over each other, lowest first. `onLimit` hears when translucency had to be given up. */
export function composite(layers: readonly Layer[], onLimit?: () => void): Layer {
  if (layers.length <= 1) return layers[0] ?? [];
  const middle = layers.length >> 1;
  return over(composite(layers.slice(middle), onLimit), composite(layers.slice(0, middle), onLimit), onLimit);
}

function over(upper: Layer, lower: Layer, onLimit?: () => void): Layer {
  if (upper.length === 0 || lower.length === 0) return [...lower, ...upper];
  const translucent = upper.filter((piece) => piece.paint.alpha < OPAQUE).length;
  if (translucent * lower.length > MAX_PAIRS) {
    onLimit?.();
    return over(joinEqual(upper.map(beforeWhite)), lower, onLimit);
  }
  const cover = union(...upper.filter((piece) => piece.paint.alpha >= OPAQUE).map((piece) => piece.region));
  let below = lower.map((piece) => ({ paint: piece.paint, region: difference(piece.region, cover) }));
  const out: Piece[] = [];
  const above: Piece[] = [];
  for (const piece of upper) {
    if (piece.paint.alpha >= OPAQUE) {
      above.push(piece);
      continue;
    }
    let rest = piece.region;
    const next: Piece[] = [];
    for (const under of below) {
      const both = intersect(under.region, rest);
      if (both.length === 0) {
        next.push(under);
        continue;
      }
      next.push({ paint: under.paint, region: difference(under.region, piece.region) });
      above.push({ paint: mix(piece.paint, under.paint), region: both });
      rest = difference(rest, both);
    }
    below = next;
    above.push({ paint: piece.paint, region: rest });
  }
  out.push(...below, ...above);
  return joinEqual(out);
}

function beforeWhite({ paint, region }: Piece): Piece {
  return { paint: mix(paint, { r: 255, g: 255, b: 255, alpha: 1 }), region };
}

/** Porter-Duff source-over, not premultiplied. */
export function mix(top: Paint, bottom: Paint): Paint {
  const alpha = top.alpha + bottom.alpha * (1 - top.alpha);
  const part = (t: number, b: number) => (t * top.alpha + b * bottom.alpha * (1 - top.alpha)) / alpha;
  return { r: part(top.r, bottom.r), g: part(top.g, bottom.g), b: part(top.b, bottom.b), alpha };
}

/** Scales the opacity of every piece. */
export function fade(layer: Layer, opacity: number): Layer {
  if (opacity >= 1) return layer;
  return layer
    .map(({ paint, region }) => ({ paint: { ...paint, alpha: paint.alpha * opacity }, region }))
    .filter((piece) => piece.paint.alpha >= INVISIBLE);
}

/** Cuts every piece to a region. */
export function clip(layer: Layer, region: Region): Layer {
  return layer
    .map((piece) => ({ paint: piece.paint, region: intersect(piece.region, region) }))
    .filter((piece) => piece.region.length > 0);
}

/** Multiplies opacity by a mask, itself a layer whose pieces' alpha is the mask's value; outside the mask nothing is left. */
export function applyMask(layer: Layer, mask: Layer): Layer {
  return joinEqual(mask.flatMap(({ paint, region }) => fade(clip(layer, region), paint.alpha)));
}

/** Unites pieces of the same paint, at the place of the first; drops empty ones. */
export function joinEqual(layer: Layer): Layer {
  const byPaint = new Map<string, { paint: Paint; regions: Region[] }>();
  for (const { paint, region } of layer) {
    if (region.length === 0) continue;
    const key = `${paint.r.toFixed(1)},${paint.g.toFixed(1)},${paint.b.toFixed(1)},${paint.alpha.toFixed(3)}`;
    const same = byPaint.get(key);
    if (same) same.regions.push(region);
    else byPaint.set(key, { paint, regions: [region] });
  }
  return [...byPaint.values()].map(({ paint, regions }) => ({
    paint,
    region: regions.length > 1 ? union(...regions) : (regions[0] ?? EMPTY),
  }));
}
