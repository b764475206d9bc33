/**
 * Drawing + parameters → solids: one part per colour (and one for the base plate) for formats with materials, and one
 * single watertight body for printing. Why they are closed: see terraces.ts.
 */
import type { BuildParams } from "../build-params.ts";
import type { Drawing } from "../drawing.ts";
import { bounds, intersect, offset, type Region, union } from "../region.ts";
import { expandColor, INSET, layOut, type Plan } from "./footprints.ts";
import type { Mesh, SolidPart } from "./mesh.ts";
import { findLeak } from "./mesh.ts";
import { buildTerraces, nest, type Placement, separate, type Terrace } from "./terraces.ts";

export interface BuiltSolid {
  /** By colour, base plate first; each is closed. */
  readonly parts: readonly SolidPart[];
  /** Everything as one closed body. */
  readonly body: Mesh;
  readonly warnings: readonly string[];
}

/** The profile of one layer: from where to where its wall goes, and the steps of its bevel. */
interface LayerProfile {
  readonly footprint: Region;
  readonly zTop: number;
  readonly bevel: readonly { inset: number; z: number }[];
  readonly zWallTop: number;
}

/** Some wall stays below a bevel: an edge like a knife's can neither be printed nor told from its own floor. */
const MAX_BEVEL_SHARE = 0.98;

/** Builds the solids. Throws a JobFailure for a drawing without room, an Error when a result is not closed. */
export function buildSolid(drawing: Drawing, params: BuildParams): BuiltSolid {
  const plan = layOut(drawing, params);
  const warnings = [...plan.warnings];
  const zPlate = plan.plate.length > 0 ? params.basePlateDepthMm : 0;
  const layers = layerProfiles(plan, params, zPlate, warnings);
  const bodyTerraces = nest([
    ...plateTerraces(plan, zPlate),
    ...layers.flatMap((layer, index) =>
      layerTerraces(layer, index === 0 ? zPlate : layers[index - 1]!.zTop, layers[index + 1]?.footprint ?? []),
    ),
  ]);
  const placement = place(
    bodyTerraces[0]!.region,
    plan.plate.length > 0 ? plan.plate : plan.layers[0]!,
    drawing.mmPerUnit === null ? params.widthMm : null,
    plan.unit,
  );
  const body = closedMesh("body", bodyTerraces, placement);

  const parts: SolidPart[] = [];
  if (plan.plate.length > 0)
    parts.push({
      name: "Base plate",
      color: expandColor(params.basePlateColor),
      mesh: closedMesh("base plate", nest(plateTerraces(plan, zPlate)), placement),
    });
  for (const { color, region, layer } of plan.colors) {
    const profile = layers[layer]!;
    // A single colour without a plate is the body itself.
    const mesh =
      plan.colors.length === 1 && plan.plate.length === 0 ? body : colorMesh(color, region, profile, zPlate, placement);
    if (mesh) parts.push({ name: `Colour ${color.slice(1)}`, color, mesh });
  }
  return { parts, body, warnings };
}

function layerProfiles(plan: Plan, params: BuildParams, zPlate: number, warnings: string[]): LayerProfile[] {
  const step = params.depthMm / plan.layers.length;
  return plan.layers.map((layer, index) => {
    const footprint = offset(layer, -INSET, "miter");
    const zTop = zPlate + step * (index + 1);
    const wanted = Math.min(params.bevelMm, MAX_BEVEL_SHARE * step);
    const radius = possibleBevel(footprint, wanted / plan.unit) * plan.unit;
    if (radius < 0.99 * wanted && index === 0)
      warnings.push(
        `The shapes are too thin for a bevel of ${wanted.toFixed(2)} mm; it was made ${radius.toFixed(2)} mm.`,
      );
    // A quarter circle in equal angles: one segment is a chamfer.
    const bevel = Array.from({ length: radius > 0 ? params.bevelSegments : 0 }, (_, i) => {
      const angle = ((i + 1) / params.bevelSegments) * (Math.PI / 2);
      return { inset: (radius * (1 - Math.cos(angle))) / plan.unit, z: zTop - radius * (1 - Math.sin(angle)) };
    });
    return { footprint, zTop, bevel, zWallTop: zTop - radius };
  });
}

/** The largest bevel up to `wanted` that leaves some flat top, so that the solid keeps its full depth. Grid units. */
function possibleBevel(footprint: Region, wanted: number): number {
  if (wanted <= 0 || offset(footprint, -1.05 * wanted, "miter").length > 0) return wanted;
  let low = 0;
  let high = wanted;
  for (let i = 0; i < 10; i++) {
    const middle = (low + high) / 2;
    if (offset(footprint, -middle, "miter").length > 0) low = middle;
    else high = middle;
  }
  return 0.95 * low;
}

function plateTerraces(plan: Plan, zPlate: number): Terrace[] {
  return plan.plate.length > 0
    ? [{ region: separate(offset(plan.plate, -INSET / 2, "miter")), zBottom: 0, zTop: zPlate }]
    : [];
}

/** A layer's wall and bevel; `above` is the footprint of the layer that stands on it and is not bevelled away. */
function layerTerraces(layer: LayerProfile, zBottom: number, above: Region): Terrace[] {
  const terraces: Terrace[] = [{ region: layer.footprint, zBottom, zTop: layer.zWallTop }];
  for (const { inset, z } of layer.bevel)
    terraces.push({ region: union(offset(layer.footprint, -inset, "miter"), above), zBottom: z, zTop: z });
  return terraces;
}

/** One colour's column: bevelled only where the layer's own edge is, straight where it meets another colour. */
function colorMesh(
  color: string,
  region: Region,
  layer: LayerProfile,
  zBottom: number,
  placement: Placement,
): Mesh | null {
  const own = intersect(offset(region, -INSET, "miter"), layer.footprint);
  const terraces: Terrace[] = [{ region: own, zBottom, zTop: layer.zWallTop }];
  for (const { inset, z } of layer.bevel)
    terraces.push({ region: intersect(own, offset(layer.footprint, -inset, "miter")), zBottom: z, zTop: z });
  const nested = nest(terraces);
  return nested.length > 0 ? closedMesh(`part ${color}`, nested, placement) : null;
}

/**
 * The last correction: `rim`, the outermost one, gets the size that `outline` had before insets, or, where a width is
 * asked for, exactly that width. It is centred on the origin.
 */
function place(rim: Region, outline: Region, widthMm: number | null, unit: number): Placement {
  const [made, meant] = [bounds(rim), bounds(outline)];
  const scale = widthMm === null ? unit : widthMm / (meant.maxX - meant.minX);
  return {
    unitX: (scale * (meant.maxX - meant.minX)) / (made.maxX - made.minX),
    unitY: (scale * (meant.maxY - meant.minY)) / (made.maxY - made.minY),
    centerX: (made.minX + made.maxX) / 2,
    centerY: (made.minY + made.maxY) / 2,
  };
}

function closedMesh(name: string, terraces: readonly Terrace[], placement: Placement): Mesh {
  const mesh = buildTerraces(terraces, placement);
  const leak = findLeak(mesh);
  if (leak) throw new Error(`the ${name} is not closed: ${leak}`);
  return mesh;
}
