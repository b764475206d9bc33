/** One logo through the real recipe, and every claim about the result measured on the files that came out. */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findLeak, sizeOf } from "../../gpu-runner/engines/solid/build/mesh.ts";
import { readStl } from "../../gpu-runner/engines/solid/check/read-stl.ts";
import { validateGlb } from "../../gpu-runner/engines/solid/check/validate-glb.ts";
import { type LocalRun, runLocal } from "../../gpu-runner/run-local.ts";
import type { Logo } from "./logo-sets.ts";
import { overlap, rasterMesh, rasterSvg } from "./silhouette.ts";

export interface LogoOutcome {
  readonly name: string;
  /** Why it fails, empty when it passes. */
  readonly failures: readonly string[];
  readonly warnings: readonly string[];
  readonly seconds: number;
  /** Intersection over union of the silhouettes, null when the job failed. */
  readonly iou: number | null;
}

const WIDTH_MM = 80;
const WIDTH_TOLERANCE = 0.001;
const MIN_IOU = 0.98;

/** Runs the recipe with its defaults for GLB, USDZ and STL in `folder`, which is removed unless something fails. */
export async function checkLogo(logo: Logo, folder: string, run: LocalRun): Promise<LogoOutcome> {
  const outDir = join(folder, `${logo.name}-${randomBytes(3).toString("hex")}`);
  await mkdir(outDir, { recursive: true });
  const input = join(outDir, "logo.svg");
  await writeFile(input, logo.svg);
  const startedAt = performance.now();
  const outcome = (
    failures: string[],
    warnings: readonly string[],
    iou: number | null,
    seconds: number,
  ): LogoOutcome => ({ name: logo.name, failures, warnings, seconds, iou });
  try {
    const params = { widthMm: WIDTH_MM, formats: ["glb", "usdz", "stl"] };
    const { manifest } = await runLocal({ type: "logo-to-3d", params, inputs: [input], outDir }, run);
    const seconds = (performance.now() - startedAt) / 1000;
    const { failures, iou } = await measure(logo, outDir);
    if (failures.length === 0) await rm(outDir, { recursive: true });
    return outcome(failures, manifest.warnings, iou, seconds);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return outcome([`${code ?? "error"}: ${message}`], [], null, (performance.now() - startedAt) / 1000);
  }
}

async function measure(logo: Logo, outDir: string): Promise<{ failures: string[]; iou: number }> {
  const failures: string[] = [];
  const { errors, triangles } = await validateGlb(await readFile(join(outDir, "model.glb")));
  if (errors.length > 0) failures.push(`GLB: ${errors.length} validator errors, first ${errors[0]}`);
  if (triangles === 0) failures.push("GLB: no triangles");
  const mesh = readStl(await readFile(join(outDir, "model.stl")));
  const leak = findLeak(mesh);
  if (leak) failures.push(`STL not watertight: ${leak}`);
  const width = sizeOf(mesh)[0];
  if (Math.abs(width - WIDTH_MM) > WIDTH_TOLERANCE * WIDTH_MM)
    failures.push(`STL is ${width} mm wide instead of ${WIDTH_MM} mm`);
  const reference = rasterSvg(logo.svg);
  const iou = overlap(reference, rasterMesh(mesh, reference));
  if (iou < MIN_IOU) failures.push(`silhouette IoU ${iou.toFixed(4)} is below ${MIN_IOU}`);
  return { failures, iou };
}
