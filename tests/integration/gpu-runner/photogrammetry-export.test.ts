/** The files of a textured cube and its pictures, with the real children. Needs what `npm run setup` installs. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineSettings, loadLocalConfig } from "../../../gpu-runner/config.ts";
import { closeEngines, type Engines, makeEngines } from "../../../gpu-runner/engines/engines.ts";
import { validateGlb } from "../../../gpu-runner/engines/solid/check/validate-glb.ts";

const PYTHON_PATH = ["gpu-runner/python", "tests/python"]
  .map((folder) => fileURLToPath(new URL(`../../../${folder}`, import.meta.url)))
  .join(":");
const WRITE_CUBE = `
import sys
from pathlib import Path
from export.textured_cube import write_textured_cube
write_textured_cube(Path(sys.argv[1]), levels=1)
`;

let engines: Engines;
let workRoot: string;
let outDir: string;
const runIn = async (name: string) => {
  const workDir = join(workRoot, name);
  await mkdir(workDir, { recursive: true, mode: 0o777 });
  return { signal: AbortSignal.timeout(60_000), workDir, tag: workDir, timeoutMs: 60_000 };
};

beforeAll(async () => {
  const config = loadLocalConfig();
  workRoot = await mkdtemp(join(tmpdir(), "kiln-export-"));
  outDir = join(workRoot, "scene", "out");
  await mkdir(outDir, { recursive: true });
  engines = makeEngines(engineSettings({ ...config, workRoot }, 0, () => {}));
  const env = { ...process.env, PYTHONPATH: PYTHON_PATH };
  const { python } = engineSettings(config, 0, () => {}).photogrammetry;
  await promisify(execFile)(python, ["-B", "-c", WRITE_CUBE, join(workRoot, "scene")], { env });
  await promisify(execFile)("chmod", ["-R", "a+rwX", workRoot]);
  const request = {
    kind: "export",
    sceneDir: join(workRoot, "scene"),
    formats: ["glb"],
    quality: "standard",
    outDir,
  } as const;
  await engines.photogrammetry.request(request, await runIn("export"));
}, 60_000);
afterAll(async () => {
  await closeEngines(engines);
  await rm(workRoot, { recursive: true });
});

describe("a textured model", () => {
  test("passes the Khronos validator, and so does its level of detail", async () => {
    for (const name of ["model.glb", "model-lod1.glb"]) {
      const report = await validateGlb(await readFile(join(outDir, name)));
      expect(report).toEqual({ errors: [], triangles: 12, materials: 1 });
    }
  });

  test("is drawn whole, in its own colours, and once around", async () => {
    const paths = { webpPath: join(workRoot, "preview.webp"), turntablePath: join(workRoot, "turntable.webp") };
    const orbit = { azimuthDeg: 35, elevationDeg: 25 };
    await engines.preview.drawOrbit(join(outDir, "model.glb"), paths, orbit, await runIn("draw"));

    const { data, info } = await sharp(paths.webpPath).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([800, 600]);
    const pixel = (x: number, y: number) => [...data.subarray((y * 800 + x) * 3, (y * 800 + x) * 3 + 3)];
    const background = [242, 242, 245];
    for (const [x, y] of [
      [0, 0],
      [799, 0],
      [0, 599],
      [799, 599],
      [400, 4],
      [400, 595],
    ] as const)
      expect(distance(pixel(x, y), background)).toBeLessThan(4);
    // The sides that look to +Z, to +X and up. Unlit: the texture's colours as they are.
    const sides = [
      [90, 190, 200],
      [160, 80, 180],
      [60, 160, 80],
      [50, 90, 200],
      [220, 200, 70],
      [200, 60, 50],
    ];
    const seen = sides.filter((side) => [...pixelsOf(data)].some((color) => distance(color, side) < 6));
    expect(seen).toHaveLength(3);

    const turntable = await sharp(paths.turntablePath, { animated: true }).metadata();
    expect(turntable).toMatchObject({ width: 480, pageHeight: 360, pages: 30, loop: 0 });
    expect((await stat(paths.turntablePath)).size).toBeLessThan(2_000_000);
  }, 60_000);
});

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));

function* pixelsOf(data: Buffer): Generator<number[]> {
  for (let at = 0; at < data.length; at += 3 * 97) yield [...data.subarray(at, at + 3)];
}
