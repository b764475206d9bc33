/**
 * Photos to a textured model through the real recipe: small rendered photos with known cameras, COLMAP, depth maps, mesh and texture.
 * A lost runner costs no finished stage, and another quality goes on from the same cameras.
 */
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PhotogrammetryParams } from "../../../contract/job-types/photogrammetry.ts";
import { runRecipe } from "../../../gpu-runner/attempt/recipe-runner.ts";
import { Workspace } from "../../../gpu-runner/attempt/workspace.ts";
import { engineSettings, loadLocalConfig } from "../../../gpu-runner/config.ts";
import { closeEngines, type Engines, makeEngines } from "../../../gpu-runner/engines/engines.ts";
import { photogrammetryRecipe } from "../../../gpu-runner/jobs/photogrammetry/recipe.ts";
import { ffmpeg } from "../../helpers/clips.ts";
import { keptIn } from "../../helpers/kept-checkpoints.ts";
import { commandsWith } from "../../helpers/processes.ts";
import { turntable } from "../../helpers/turntable.ts";

const TIMEOUT_MS = 170_000;
let engines: Engines;
let dir: string;
/** With the truth about its photos. */
let dataset: string;
let photos: string[];

beforeAll(async () => {
  dataset = await turntable();
  const folder = join(dataset, "photos");
  photos = (await readdir(folder)).sort().map((name) => join(folder, name));
  dir = await mkdtemp(join(tmpdir(), "kiln-photos-"));
  engines = makeEngines(engineSettings({ ...loadLocalConfig(), workRoot: dir }, 1, () => {}));
}, TIMEOUT_MS);
afterAll(async () => {
  await closeEngines(engines);
  await rm(dir, { recursive: true });
});

interface Attempt {
  readonly params: Partial<PhotogrammetryParams>;
  readonly inputs?: readonly string[];
  /** A zip of masks. */
  readonly masks?: string;
  /** Folder of the checkpoints. */
  readonly folder: string;
  /** The runner is lost as soon as this many checkpoints whose name holds `after` were kept. */
  readonly lost?: { readonly after: string; readonly count: number };
}

async function attempt({ params, inputs = photos, masks, folder, lost }: Attempt) {
  const written: string[] = [];
  const stop = new AbortController();
  const workspace = await Workspace.create(dir);
  try {
    const given = [...inputs.map((path) => ({ path, role: null })), ...(masks ? [{ path: masks, role: "masks" }] : [])];
    const files = await Promise.all(given.map(({ path, role }, index) => takeInput(workspace, path, index, role)));
    const run = runRecipe({
      recipe: photogrammetryRecipe,
      params: { quality: "preview", turntable: false, ...params },
      inputs: files,
      workspace,
      engines,
      checkpoints: await keptIn(folder, (name) => {
        written.push(name);
        if (lost && written.filter((one) => one.startsWith(lost.after)).length >= lost.count) stop.abort("lost");
      }),
      signal: stop.signal,
      attempt: 1,
      tag: randomBytes(16).toString("hex"),
      timeoutMs: TIMEOUT_MS,
      observer: { onProgress: () => {}, onLog: () => {} },
      now: () => performance.now(),
    });
    const outcome = await run.then(
      ({ manifest }) => manifest,
      (error) => error,
    );
    const outDir = join(dir, `out-${randomBytes(4).toString("hex")}`);
    await mkdir(outDir);
    for (const name of await readdir(workspace.outDir))
      await copyFile(join(workspace.outDir, name), join(outDir, name));
    return { outcome, written, outDir, left: await commandsWith(workspace.dir) };
  } finally {
    await workspace.remove();
  }
}

async function takeInput(workspace: Workspace, from: string, index: number, role: string | null) {
  const path = workspace.inputPath(index);
  await copyFile(from, path);
  await workspace.giveToChildren(path);
  const { size: bytes } = await stat(path);
  return { path, filename: from.split("/").at(-1) as string, bytes, contentType: "image/jpeg", role };
}

const stages = (written: readonly string[]) => [...new Set(written.map((name) => name.split("-")[0]))];

type Point = readonly [number, number, number];

/** Of the photos that have a camera. */
async function cameraCenters(outDir: string): Promise<Point[]> {
  const { cameras } = JSON.parse(await readFile(join(outDir, "cameras.json"), "utf8"));
  return cameras.map(({ position }: { position: Point }) => position);
}

const distance = (a: Point, b: Point) => Math.hypot(...a.map((value, axis) => value - (b[axis] as number)));

describe("photos of a thing from all around", () => {
  test(
    "become a textured model; a lost runner costs no finished stage, and another quality goes on from the same cameras",
    async () => {
      const folder = join(dir, "checkpoints");
      const first = await attempt({ params: {}, folder, lost: { after: "depth", count: 4 } });
      expect(first).toMatchObject({ outcome: "lost", left: [] });
      expect(stages(first.written)).toEqual(["matches", "cameras", "depth"]);

      const second = await attempt({ params: { formats: ["glb", "usdz", "obj", "stl", "ply", "colmap"] }, folder });
      expect(second.outcome.report).toMatchObject({ photos: photos.length, registered: photos.length, dropped: [] });
      expect(second.outcome.report.resumedDepthMaps).toBeGreaterThanOrEqual(4);
      expect(stages(second.written)).toEqual(["depth", "points", "mesh", "texture"]);
      expect(second.outcome.report.triangles).toBeGreaterThan(5_000);
      expect(second.outcome.report.sizeM).toHaveLength(3);
      expect(Math.max(...(second.outcome.report.sizeM as number[]))).toBeCloseTo(1, 3);
      expect(second.outcome.artifacts.map(({ name }: { name: string }) => name).sort()).toEqual([
        "cameras.json",
        "colmap.zip",
        "dense.ply",
        "model-obj.zip",
        "model.glb",
        "model.stl",
        "model.usdz",
        "photos.json",
        "photos.webp",
        "preview.webp",
        "report.html",
      ]);
      const { width, height } = await sharp(join(second.outDir, "preview.webp")).metadata();
      expect({ width, height }).toEqual({ width: 800, height: 600 });
      const report = await readFile(join(second.outDir, "report.html"), "utf8");
      expect(report).toContain(`${photos.length} of ${photos.length}`);
      expect(second.left).toEqual([]);

      const third = await attempt({ params: { holes: "watertight" }, folder });
      expect(stages(third.written)).toEqual(["mesh", "texture"]);
      expect(third.outcome.report).toMatchObject({ watertight: true, registered: photos.length });
    },
    TIMEOUT_MS,
  );

  test("can only be looked at: a verdict on each in seconds, and nothing that takes long is done", async () => {
    const folder = join(dir, "only-check");
    const blurred = join(dir, "blurred.jpg");
    await sharp(photos[3]).blur(8).jpeg().toFile(blurred);
    const { outcome, outDir, written } = await attempt({
      params: { until: "check" },
      inputs: [...photos.slice(0, 6), blurred],
      folder,
    });
    expect(written).toEqual([]);
    expect(outcome.report).toMatchObject({ photos: 7, used: 6, dropped: [{ file: "blurred.jpg" }] });
    const { photos: verdicts } = JSON.parse(await readFile(join(outDir, "photos.json"), "utf8"));
    expect(
      verdicts.map(({ verdict }: { verdict: string }) => verdict).filter((verdict: string) => verdict === "bad"),
    ).toHaveLength(1);
    expect(outcome.artifacts.map(({ name }: { name: string }) => name).sort()).toEqual([
      "photos.json",
      "photos.webp",
      "report.html",
    ]);
  });

  test("are placed in metres by a printed marker, by what the user's masks show", async () => {
    const masks = join(dir, "masks.zip");
    const names = [...photos.slice(0, 8).map((path) => basename(path, ".jpg")), "another"];
    const mask = await sharp(
      Buffer.from('<svg width="480" height="360"><circle cx="240" cy="180" r="160" fill="#fff"/></svg>'),
    )
      .flatten({ background: "#000" })
      .png()
      .toBuffer();
    await writeFile(masks, zipSync(Object.fromEntries(names.map((name) => [`${name}_mask.png`, mask]))));
    const { outcome, outDir } = await attempt({
      params: { until: "cameras", scale: "marker", markerMm: 50 },
      inputs: photos.slice(0, 8),
      masks,
      folder: join(dir, "marker"),
    });
    expect(outcome.report).toMatchObject({ photos: 8, registered: 8, dropped: [] });
    expect(outcome.warnings).toContain("The mask another_mask.png has the name of no photo.");
    const { views } = JSON.parse(await readFile(join(dataset, "truth.json"), "utf8"));
    const found = await cameraCenters(outDir);
    const ratio = distance(found[0] as Point, found[7] as Point) / distance(views[0].C, views[7].C);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
  });

  test("may be the frames of a film", async () => {
    const film = join(dir, "film.mp4");
    await ffmpeg(
      "-framerate",
      "4",
      "-i",
      join(dataset, "photos", "v%03d.jpg"),
      "-crf",
      "17",
      "-pix_fmt",
      "yuv420p",
      film,
    );
    const { outcome, outDir } = await attempt({
      params: { until: "cameras", frames: 8 },
      inputs: [film],
      folder: join(dir, "film"),
    });
    expect(outcome.report.photos).toBeGreaterThan(5);
    expect(outcome.report).toMatchObject({ registered: outcome.report.photos, dropped: [] });
    expect(await cameraCenters(outDir)).toHaveLength(outcome.report.photos);
  });

  test("are refused with what to do when they are too few, or all the same", async () => {
    const few = await attempt({ params: {}, inputs: photos.slice(0, 2), folder: join(dir, "few") });
    expect(few.outcome).toMatchObject({ code: "photos_unusable", retryable: false });
    const same = await attempt({ params: {}, inputs: Array(6).fill(photos[0]), folder: join(dir, "same") });
    expect(same.outcome).toMatchObject({ code: "photos_unusable", retryable: false });
  });
});
