/**
 * Looks at the files Blender wrote, because its exit code proves nothing: the GLB passes the Khronos validator, the STL
 * is watertight and as large as built, the others are what their name says. Returns facts, throws what is wrong.
 */
import { readFile } from "node:fs/promises";
import { unzipSync } from "fflate";
import type { SolidFormat } from "#contract/job-types/solid.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import { findLeak, sizeOf } from "../build/mesh.ts";
import { readStl } from "./read-stl.ts";
import { validateGlb } from "./validate-glb.ts";

export interface CheckRequest {
  readonly files: Readonly<Partial<Record<SolidFormat, string>>>;
  /** What the body's size must be. */
  readonly sizeMm: readonly [number, number, number];
}

export interface CheckFacts {
  /** Of the GLB. */
  readonly triangles: number | null;
  readonly materials: number | null;
  /** Of the STL, read back; null when none was asked for. */
  readonly watertight: boolean | null;
}

/** A size may differ from what was built by rounding to float32 only. */
const SIZE_TOLERANCE = 1e-5;

/** Checks every file that is there. Throws a JobFailure output_invalid. */
export async function checkFiles({ files, sizeMm }: CheckRequest): Promise<CheckFacts> {
  const facts = {
    triangles: null as number | null,
    materials: null as number | null,
    watertight: null as boolean | null,
  };
  for (const [format, path] of Object.entries(files) as [SolidFormat, string][]) {
    const bytes = await readFile(path);
    const problem = await check(format, bytes, sizeMm, facts);
    if (problem)
      throw new JobFailure(
        "output_invalid",
        `The ${format.toUpperCase()} that was written can't be used: ${problem}.`,
        { retryable: true },
      );
  }
  return facts;
}

async function check(
  format: SolidFormat,
  bytes: Buffer,
  sizeMm: CheckRequest["sizeMm"],
  facts: { -readonly [K in keyof CheckFacts]: CheckFacts[K] },
): Promise<string | null> {
  switch (format) {
    case "glb": {
      const { errors, triangles, materials } = await validateGlb(bytes);
      facts.triangles = triangles;
      facts.materials = materials;
      return errors[0] ?? (triangles > 0 ? null : "it has no triangles");
    }
    case "stl": {
      const problem = checkStl(bytes, sizeMm);
      facts.watertight = problem === null;
      return problem;
    }
    case "usdz":
      return checkUsdz(bytes);
    case "obj":
      return /^f /m.test(bytes.toString("latin1")) ? null : "it has no faces";
    case "fbx":
      return bytes.subarray(0, 18).toString("latin1") === "Kaydara FBX Binary" ? null : "it has no FBX header";
    case "ply": {
      const header = bytes.subarray(0, 1_000).toString("latin1");
      return header.startsWith("ply") && Number(/element face (\d+)/.exec(header)?.[1] ?? 0) > 0
        ? null
        : "it has no faces";
    }
  }
}

function checkStl(bytes: Uint8Array, sizeMm: CheckRequest["sizeMm"]): string | null {
  const mesh = readStl(bytes);
  const leak = findLeak(mesh);
  if (leak) return leak;
  const size = sizeOf(mesh);
  const wrong = size.findIndex((side, axis) => Math.abs(side - sizeMm[axis]!) > SIZE_TOLERANCE * Math.max(...sizeMm));
  return wrong === -1 ? null : `its ${"xyz"[wrong]} size is ${size[wrong]} mm and not ${sizeMm[wrong]} mm`;
}

/** A USDZ is a zip without compression whose first entry is the scene. */
function checkUsdz(bytes: Uint8Array): string | null {
  const [name, scene] = Object.entries(unzipSync(bytes))[0] ?? [];
  if (!name?.endsWith(".usdc") || !scene) return "its first entry is no .usdc";
  return Buffer.from(scene.subarray(0, 8)).toString("latin1") === "PXR-USDC" ? null : "its scene has no USD header";
}
