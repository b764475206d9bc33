/**
 * A normalised SVG (what usvg writes: only groups and paths, everything inherited written out) → painted pieces on an
 * integer grid. Resolves transforms, fills, strokes, clip paths, masks and opacity into plain disjoint regions.
 */
import { EMPTY, type FillRule, fill, intersect, type Region, union } from "../region.ts";
import { flattenPath, type Polyline } from "./flatten-path.ts";
import { type Matrix, mapPoints, maxScale, multiply, parseMatrix } from "./matrix.ts";
import { countDashes, outlineStroke, type StrokeStyle } from "./outline-stroke.ts";
import { gradientMean, parseColor } from "./paint.ts";
import {
  applyMask,
  clip,
  composite,
  fade,
  INVISIBLE,
  joinEqual,
  type Layer,
  type Paint,
  type Piece,
} from "./pieces.ts";
import type { XmlNode } from "./xml-tree.ts";

/** Coordinates far outside are cut off here, in grid units, so that products stay exact in a float64. */
const FAR = 2 ** 30;
/** How deep clip paths and masks may refer to each other. usvg refuses loops; this is the second lock. */
const MAX_REFERENCE_DEPTH = 32;
/** Most dashes of a drawing; further dashed lines are solid. */
const MAX_DASHES = 5_000;

export interface Resolved {
  readonly layer: Layer;
  readonly warnings: readonly string[];
}

/**
 * Resolves the tree under `root`. `toGrid` maps the user space of the root's children to grid units; `viewport` is the
 * visible box on the grid; curves deviate by `tolerance` grid units at most.
 */
export function resolveSvg(root: XmlNode, toGrid: Matrix, viewport: Region, tolerance: number): Resolved {
  const resolver = new Resolver(root, tolerance);
  const layer = clip(resolver.children(root, toGrid, 0), viewport);
  return { layer, warnings: [...resolver.warnings] };
}

class Resolver {
  readonly warnings = new Set<string>();
  readonly #tolerance: number;
  #dashesLeft = MAX_DASHES;
  readonly #definitions = new Map<string, XmlNode>();

  constructor(root: XmlNode, tolerance: number) {
    this.#tolerance = tolerance;
    for (const definitions of root.children.filter((child) => child.name === "defs")) {
      for (const node of definitions.children) if (node.attributes.id) this.#definitions.set(node.attributes.id, node);
    }
  }

  children(node: XmlNode, matrix: Matrix, depth: number): Layer {
    return composite(
      node.children.map((child) => this.#node(child, matrix, depth)).filter((layer) => layer.length > 0),
    );
  }

  #node(node: XmlNode, outer: Matrix, depth: number): Layer {
    const matrix = node.attributes.transform ? multiply(outer, parseMatrix(node.attributes.transform)) : outer;
    if (node.name === "g") return this.#group(node, matrix, depth);
    if (node.name === "path") return this.#path(node, matrix, depth);
    if (node.name === "image") this.warnings.add("The SVG holds an embedded picture; it was left out.");
    return [];
  }

  #group(node: XmlNode, matrix: Matrix, depth: number): Layer {
    const { attributes } = node;
    const opacity = Number(attributes.opacity ?? 1);
    if (opacity < INVISIBLE) return [];
    if (attributes.filter) this.warnings.add("Filters (blur, shadow …) can't be shown in 3D and were left out.");
    if (/mix-blend-mode:(?!normal)/.test(attributes.style ?? ""))
      this.warnings.add("Blend modes can't be kept; those shapes are painted normally.");
    let layer = this.children(node, matrix, depth);
    const clipPath = this.#reference(attributes["clip-path"], depth);
    if (clipPath) layer = clip(layer, this.#clipRegion(clipPath, node, matrix, depth + 1));
    const mask = this.#reference(attributes.mask, depth);
    if (mask) layer = applyMask(layer, this.#maskLayer(mask, node, matrix, depth + 1));
    return fade(layer, opacity);
  }

  #path({ attributes }: XmlNode, matrix: Matrix, depth: number): Layer {
    if (attributes.visibility === "hidden") return [];
    const layers: Layer[] = [];
    const fillPaint = this.#paint(attributes.fill, attributes["fill-opacity"], depth);
    if (fillPaint)
      layers.push([{ paint: fillPaint, region: this.#fillRegion(attributes, matrix, attributes["fill-rule"]) }]);
    const strokePaint = this.#paint(attributes.stroke, attributes["stroke-opacity"], depth);
    if (strokePaint) layers.push([{ paint: strokePaint, region: this.#strokeRegion(attributes, matrix) }]);
    if (attributes["paint-order"]?.startsWith("stroke")) layers.reverse();
    return composite(layers.map((layer) => layer.filter((piece) => piece.region.length > 0)));
  }

  #fillRegion(attributes: XmlNode["attributes"], matrix: Matrix, rule: string | undefined): Region {
    const rings = this.#lines(attributes.d, matrix).map((line) => toGridRing(matrix, line.points));
    return fill(rings, (rule as FillRule | undefined) ?? "nonzero");
  }

  #strokeRegion(attributes: XmlNode["attributes"], matrix: Matrix): Region {
    const style: StrokeStyle = {
      width: Number(attributes["stroke-width"] ?? 1),
      join: (attributes["stroke-linejoin"] ?? "miter") as StrokeStyle["join"],
      cap: (attributes["stroke-linecap"] ?? "butt") as StrokeStyle["cap"],
      miterLimit: Number(attributes["stroke-miterlimit"] ?? 4),
      dashes: (attributes["stroke-dasharray"] ?? "")
        .split(/[\s,]+/)
        .filter((s) => s !== "" && s !== "none")
        .map(Number),
      dashOffset: Number(attributes["stroke-dashoffset"] ?? 0),
    };
    if (!(style.width > 0)) return EMPTY;
    const lines = this.#lines(attributes.d, matrix);
    const pieces = outlineStroke(lines, this.#affordable(style, lines), this.#localTolerance(matrix));
    return fill(
      pieces.map((piece) => toGridRing(matrix, piece)),
      "nonzero",
    );
  }

  /** The style, with its dashes only as long as the whole drawing has not too many. */
  #affordable(style: StrokeStyle, lines: readonly Polyline[]): StrokeStyle {
    if (style.dashes.length === 0) return style;
    const count = countDashes(lines, style);
    if (count <= this.#dashesLeft) {
      this.#dashesLeft -= count;
      return style;
    }
    this.warnings.add("The SVG has more dashes than can be cut; some lines were made solid.");
    return { ...style, dashes: [] };
  }

  #lines(data: string | undefined, matrix: Matrix) {
    return flattenPath(data ?? "", this.#localTolerance(matrix));
  }

  #localTolerance(matrix: Matrix): number {
    return this.#tolerance / Math.max(maxScale(matrix), 1e-12);
  }

  /** What a `fill` or `stroke` paints, or null for nothing. */
  #paint(value: string | undefined, opacity: string | undefined, depth: number): Paint | null {
    if (!value || value === "none") return null;
    const alpha = Number(opacity ?? 1);
    const server = this.#reference(value, depth);
    let paint = server ? this.#serverMean(server, depth + 1) : parseColor(value);
    paint = { ...paint, alpha: paint.alpha * alpha };
    return paint.alpha < INVISIBLE ? null : paint;
  }

  #serverMean(server: XmlNode, depth: number): Paint {
    if (server.name !== "pattern") return gradientMean(server);
    this.warnings.add("A pattern was replaced by its main colour.");
    const layer = this.children(server, [1000, 0, 0, 1000, 0, 0], depth);
    return layer.at(-1)?.paint ?? { r: 128, g: 128, b: 128, alpha: 1 };
  }

  #reference(value: string | undefined, depth: number): XmlNode | undefined {
    const id = value?.match(/^url\(#(.+)\)$/)?.[1];
    return id === undefined || depth > MAX_REFERENCE_DEPTH ? undefined : this.#definitions.get(id);
  }

  /** The area a clip path leaves, for the group `user` whose own user space is `matrix`. */
  #clipRegion(clipPath: XmlNode, user: XmlNode, matrix: Matrix, depth: number): Region {
    let own = multiply(matrix, parseMatrix(clipPath.attributes.transform));
    if (clipPath.attributes.clipPathUnits === "objectBoundingBox") own = multiply(own, this.#boxMatrix(user));
    let region = this.#clipContent(clipPath, own, depth);
    const further = this.#reference(clipPath.attributes["clip-path"], depth);
    if (further) region = intersect(region, this.#clipRegion(further, user, matrix, depth + 1));
    return region;
  }

  #clipContent(node: XmlNode, outer: Matrix, depth: number): Region {
    return union(
      ...node.children.map((child) => {
        const matrix = multiply(outer, parseMatrix(child.attributes.transform));
        if (child.name === "path")
          return this.#fillRegion(
            child.attributes,
            matrix,
            child.attributes["clip-rule"] ?? child.attributes["fill-rule"],
          );
        if (child.name !== "g") return EMPTY;
        const region = this.#clipContent(child, matrix, depth);
        const further = this.#reference(child.attributes["clip-path"], depth);
        return further ? intersect(region, this.#clipRegion(further, child, matrix, depth + 1)) : region;
      }),
    );
  }

  /** A mask as a layer whose alpha is the mask's value: luminance times opacity, or opacity alone. */
  #maskLayer(mask: XmlNode, user: XmlNode, matrix: Matrix, depth: number): Layer {
    const { attributes } = mask;
    const box = this.#boxMatrix(user);
    const content = attributes.maskContentUnits === "objectBoundingBox" ? multiply(matrix, box) : matrix;
    const frame = attributes.maskUnits === "userSpaceOnUse" ? matrix : multiply(matrix, box);
    const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(attributes[name])) as [
      number,
      number,
      number,
      number,
    ];
    const window = fill([toGridRing(frame, [x, y, x + w, y, x + w, y + h, x, y + h])], "nonzero");
    const byAlpha = attributes["mask-type"] === "alpha" || /mask-type:\s*alpha/.test(attributes.style ?? "");
    const values = clip(this.children(mask, content, depth), window).map(({ paint, region }): Piece => {
      const value = byAlpha ? paint.alpha : paint.alpha * luminance(paint);
      return { paint: { r: 255, g: 255, b: 255, alpha: value }, region };
    });
    const layer = joinEqual(values.filter((piece) => piece.paint.alpha >= INVISIBLE));
    const further = this.#reference(attributes.mask, depth);
    return further ? applyMask(layer, this.#maskLayer(further, user, matrix, depth + 1)) : layer;
  }

  /** Maps the unit square to the bounding box of a group's shapes (without strokes), in the group's user space. */
  #boxMatrix(group: XmlNode): Matrix {
    const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
    const visit = (node: XmlNode, matrix: Matrix) => {
      for (const child of node.children) {
        const inner = multiply(matrix, parseMatrix(child.attributes.transform));
        if (child.name === "g") visit(child, inner);
        if (child.name !== "path") continue;
        for (const line of this.#lines(child.attributes.d, inner)) {
          const points = mapPoints(inner, line.points);
          for (let i = 0; i < points.length; i += 2) {
            box.minX = Math.min(box.minX, points[i]!);
            box.maxX = Math.max(box.maxX, points[i]!);
            box.minY = Math.min(box.minY, points[i + 1]!);
            box.maxY = Math.max(box.maxY, points[i + 1]!);
          }
        }
      }
    };
    visit(group, [1, 0, 0, 1, 0, 0]);
    if (box.minX > box.maxX) return [0, 0, 0, 0, 0, 0];
    return [box.maxX - box.minX, 0, 0, box.maxY - box.minY, box.minX, box.minY];
  }
}

/** SVG 1.1 §14.4: luminance from sRGB channels. */
function luminance({ r, g, b }: Paint): number {
  return (0.2125 * r + 0.7154 * g + 0.0721 * b) / 255;
}

function toGridRing(matrix: Matrix, points: ArrayLike<number>): Float64Array {
  const ring = mapPoints(matrix, points);
  for (let i = 0; i < ring.length; i++) ring[i] = Math.min(FAR, Math.max(-FAR, Math.round(ring[i]!)));
  return ring;
}
