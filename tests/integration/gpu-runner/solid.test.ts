/**
 * One logo through the real chain: solid child, Blender, f3d, checks. What is asserted is read from the files that came
 * out. Needs the Python environment that `npm run setup` makes.
 */
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineSettings, loadLocalConfig } from "../../../gpu-runner/config.ts";
import { closeEngines, type Engines, makeEngines } from "../../../gpu-runner/engines/engines.ts";
import { findLeak, sizeOf } from "../../../gpu-runner/engines/solid/build/mesh.ts";
import { readStl } from "../../../gpu-runner/engines/solid/check/read-stl.ts";
import { validateGlb } from "../../../gpu-runner/engines/solid/check/validate-glb.ts";
import { runLocal } from "../../../gpu-runner/run-local.ts";

const BADGE = fileURLToPath(new URL("../../fixtures/logos/badge.svg", import.meta.url));
const logged: string[] = [];
const OBSERVER = { onProgress: () => {}, onLog: (line: string) => logged.push(line) };

interface Gltf {
  materials: {
    name: string;
    doubleSided?: boolean;
    pbrMetallicRoughness: { baseColorFactor: number[]; metallicFactor: number; roughnessFactor?: number };
  }[];
  accessors: { min?: number[]; max?: number[]; type: string }[];
  meshes: { primitives: { attributes: Record<string, number>; material: number }[] }[];
  nodes: object[];
}

let engines: Engines;
let workRoot: string;
const tempDir = () => mkdtemp(join(workRoot, "test-"));

beforeAll(async () => {
  const config = loadLocalConfig();
  workRoot = await mkdtemp(join(tmpdir(), "kiln-solid-"));
  engines = makeEngines(engineSettings({ ...config, workRoot }, 0, () => {}));
  const probe = await engines.blender.probe();
  if (!probe.ok) throw new Error(`${probe.missing} is missing: ${probe.fix}`);
});
afterAll(async () => {
  await closeEngines(engines);
  await rm(workRoot, { recursive: true });
});

/** Runs `logo-to-3d` on a file; returns the folder with what it wrote and the manifest. */
async function make(input: string, params: Record<string, unknown>) {
  const outDir = join(await tempDir(), "out");
  const run = { engines, workRoot, signal: AbortSignal.timeout(120_000), observer: OBSERVER };
  const { manifest } = await runLocal({ type: "logo-to-3d", params, inputs: [input], outDir }, run);
  return { outDir, manifest };
}

function parseGlb(bytes: Buffer): Gltf {
  return JSON.parse(bytes.subarray(20, 20 + bytes.readUInt32LE(12)).toString("utf8")) as Gltf;
}

/** The box around all positions of a GLB, metres. */
function boxOfGlb(gltf: Gltf): { low: number[]; high: number[] } {
  const positions = gltf.meshes.flatMap((mesh) =>
    mesh.primitives.map((primitive) => gltf.accessors[primitive.attributes.POSITION ?? -1]),
  );
  const of = (pick: (...values: number[]) => number, key: "min" | "max") =>
    [0, 1, 2].map((axis) => pick(...positions.map((accessor) => accessor?.[key]?.[axis] ?? Number.NaN)));
  return { low: of(Math.min, "min"), high: of(Math.max, "max") };
}

describe("a logo of several colours in every format", () => {
  let result: Awaited<ReturnType<typeof make>>;
  const file = (name: string) => readFile(join(result.outDir, name));

  beforeAll(async () => {
    result = await make(BADGE, {
      widthMm: 60,
      depthMm: 5,
      bevelMm: 1,
      formats: ["glb", "usdz", "obj", "fbx", "stl", "ply"],
      material: "metal",
    });
  });

  test("tells in its log what was built, and nothing of Blender's warm-up or of the runner's folders", () => {
    expect(logged.join("\n")).toMatch(/^Built /m);
    expect(logged.filter((line) => line.includes("warm") || line.includes(workRoot))).toEqual([]);
  });

  test("the manifest lists every file and says what was built", () => {
    const { artifacts, report, versions, warnings } = result.manifest;
    expect(artifacts.map((artifact) => artifact.name).sort()).toEqual([
      "model-obj.zip",
      "model.fbx",
      "model.glb",
      "model.ply",
      "model.stl",
      "model.usdz",
      "preview.webp",
    ]);
    expect(report).toMatchObject({
      sizeMm: [60, 50, 5],
      watertight: true,
      colors: ["#1d4ed8", "#f59e0b", "#808000", "#ffffff"],
      materials: 4,
    });
    expect(versions.blender).toMatch(/^4\.5/);
    expect(warnings).toEqual([]);
  });

  test("the GLB is valid, in metres, upright on the ground, and faces +Z", async () => {
    const glb = await file("model.glb");
    expect((await validateGlb(glb)).errors).toEqual([]);
    const { low, high } = boxOfGlb(parseGlb(glb));
    const size = high.map((value, axis) => value - (low[axis] ?? 0));
    expect(size[0]).toBeCloseTo(0.06, 6);
    expect(size[1]).toBeCloseTo(0.05, 5);
    expect(size[2]).toBeCloseTo(0.005, 6);
    expect(low[1]).toBeCloseTo(0, 6);
  });

  test("each colour is a material, in linear light", async () => {
    const { materials } = parseGlb(await file("model.glb"));
    expect(materials).toHaveLength(4);
    const [blue] = materials;
    // #1d4ed8 by IEC 61966-2-1.
    for (const [i, wanted] of [0.0123, 0.0762, 0.6867, 1].entries())
      expect(blue?.pbrMetallicRoughness.baseColorFactor[i]).toBeCloseTo(wanted, 3);
    expect(
      materials.every((material) => material.pbrMetallicRoughness.metallicFactor !== 0 && !material.doubleSided),
    ).toBe(true);
  });

  test("the STL is watertight and measures millimetres", async () => {
    const mesh = readStl(await file("model.stl"));
    expect(findLeak(mesh)).toBeNull();
    const [x, y, z] = sizeOf(mesh);
    expect([x, z]).toEqual([60, 5]);
    expect(y).toBeCloseTo(50, 2);
  });

  test("the OBJ comes with its materials, in millimetres", async () => {
    const zip = unzipSync(await file("model-obj.zip"));
    const obj = Buffer.from(zip["model.obj"] ?? []).toString();
    const x = [...obj.matchAll(/^v (\S+)/gm)].map((match) => Number(match[1]));
    expect(Math.max(...x) - Math.min(...x)).toBeCloseTo(60, 3);
    expect(obj).toContain("mtllib model.mtl");
    expect(
      Buffer.from(zip["model.mtl"] ?? [])
        .toString()
        .match(/^newmtl/gm),
    ).toHaveLength(4);
  });

  test("the preview is a picture of the model: its colours are there, before an empty background", async () => {
    const { data, info } = await sharp(await file("preview.webp"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([800, 600]);
    let [blue, plain] = [0, 0];
    for (let i = 0; i < data.length; i += info.channels) {
      const [r, g, b] = [data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0];
      if (b > r + 40 && b > g + 20) blue++;
      if (r > 230 && Math.abs(r - g) < 4 && b - r < 8) plain++;
    }
    expect(blue).toBeGreaterThan(0.15 * 800 * 600);
    expect(plain).toBeGreaterThan(0.1 * 800 * 600);
  });
});

test("a traced PNG goes the same way", async () => {
  const png = join(await tempDir(), "logo.png");
  await sharp(BADGE).resize(300).png().toFile(png);
  const { manifest, outDir } = await make(png, { formats: ["stl"], widthMm: 40, basePlate: "outline" });
  expect(manifest.artifacts.map((artifact) => artifact.name)).toEqual(["model.stl", "preview.webp"]);
  expect(sizeOf(readStl(await readFile(join(outDir, "model.stl"))))[0]).toBeCloseTo(40, 4);
});

test("Blender that can't write says so instead of exiting 0", async () => {
  const dir = await tempDir();
  const run = { signal: AbortSignal.timeout(60_000), workDir: dir, tag: "test-of-a-broken-export", timeoutMs: 60_000 };
  const drawingPath = join(dir, "drawing.json");
  const meshPath = join(dir, "mesh.bin");
  await engines.solid.read("read-svg", BADGE, drawingPath, run);
  const params = {
    widthMm: 60,
    depthMm: 5,
    bevelMm: 0,
    bevelSegments: 1,
    basePlate: "none",
    basePlateDepthMm: 1,
    basePlateMarginMm: 1,
    basePlateColor: "#000000",
    layering: "flat",
  } as const;
  await engines.solid.build({ drawingPath, meshPath, params }, run);
  expect((await stat(meshPath)).size).toBeGreaterThan(1_000);
  const broken = engines.blender.export(
    { meshPath, material: "matte", files: { stl: join(dir, "no", "such", "folder", "a.stl") } },
    run,
  );
  await expect(broken).rejects.toMatchObject({
    name: "JobFailure",
    code: "engine_failed",
    retryable: true,
    message: expect.stringMatching(/Blender/),
  });
  const missing = engines.blender.export(
    { meshPath: join(dir, "nothing.bin"), material: "matte", files: { stl: join(dir, "a.stl") } },
    run,
  );
  await expect(missing).rejects.toMatchObject({ name: "JobFailure", code: "engine_failed" });
});
