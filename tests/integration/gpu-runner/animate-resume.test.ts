/**
 * A lost runner costs `animate` no finished work: the recipe is run with checkpoints that outlive it, is stopped, and is run
 * again. Masks come from a stand-in that counts what it is asked; all else is real.
 */
import { randomBytes } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnimateParams } from "../../../contract/job-types/animate.ts";
import { runRecipe } from "../../../gpu-runner/attempt/recipe-runner.ts";
import { Workspace } from "../../../gpu-runner/attempt/workspace.ts";
import { engineSettings, loadLocalConfig } from "../../../gpu-runner/config.ts";
import { closeEngines, type Engines, makeEngines } from "../../../gpu-runner/engines/engines.ts";
import type { MaskFramesRequest } from "../../../gpu-runner/engines/rembg/rembg-request.ts";
import { animateRecipe } from "../../../gpu-runner/jobs/animate/recipe.ts";
import { decodeAnimation, ffmpeg } from "../../helpers/clips.ts";
import { keptIn } from "../../helpers/kept-checkpoints.ts";
import { commandsWith } from "../../helpers/processes.ts";

const FRAMES = 40;
let engines: Engines;
let dir: string;
let video: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-resume-"));
  engines = makeEngines(engineSettings({ ...loadLocalConfig(), workRoot: dir }, 1, () => {}));
  engines.animation.warm();
  video = join(dir, "video.mp4");
  await ffmpeg("-f", "lavfi", "-i", `testsrc2=s=96x64:r=20:d=${FRAMES / 20}`, "-c:v", "libx264", video);
});
afterAll(async () => {
  await closeEngines(engines);
  await rm(dir, { recursive: true });
});

/** Keeps the left half of every frame; notes how many frames each call had. */
function leftHalf(asked: number[]): Pick<Engines["rembg"], "maskFrames" | "checkModel" | "rest"> {
  return {
    checkModel: () => {},
    rest: async () => {},
    maskFrames: async ({ masksPath, width, height, count }: MaskFramesRequest) => {
      asked.push(count);
      const mask = Buffer.alloc(width * height, Buffer.alloc(width).fill(255, 0, width / 2));
      await writeFile(masksPath, Buffer.concat(Array(count).fill(mask)));
      return { version: "stand-in", provider: "CPU" };
    },
  };
}

interface Attempt {
  readonly params: Partial<AnimateParams>;
  readonly folder: string;
  /** The runner is lost as soon as this many checkpoints whose name holds `after` were kept. */
  readonly lost?: { readonly after: string; readonly count: number };
}

/** Runs one attempt. `outcome` is "lost" or what the manifest reports. */
async function attempt({ params, folder, lost }: Attempt) {
  const asked: number[] = [];
  const written: string[] = [];
  const stop = new AbortController();
  const tag = randomBytes(16).toString("hex");
  const workspace = await Workspace.create(dir);
  try {
    const path = workspace.inputPath(0);
    await copyFile(video, path);
    await workspace.giveToChildren(path);
    const { size: bytes } = await stat(path);
    const run = runRecipe({
      recipe: animateRecipe,
      params: { formats: ["webp", "apng"], ...params },
      inputs: [{ path, filename: "video.mp4", bytes, contentType: "video/mp4", role: null }],
      workspace,
      engines: { ...engines, rembg: leftHalf(asked) as Engines["rembg"] },
      checkpoints: await keptIn(folder, (name) => {
        written.push(name);
        if (lost && written.filter((one) => one.includes(lost.after)).length >= lost.count) stop.abort("lost");
      }),
      signal: stop.signal,
      attempt: 1,
      tag,
      timeoutMs: 60_000,
      observer: { onProgress: () => {}, onLog: () => {} },
      now: () => performance.now(),
    });
    const outcome = await run.then(
      ({ manifest }) => manifest.report,
      (error) => error,
    );
    const outDir = join(folder, "..", `out-${randomBytes(4).toString("hex")}`);
    await mkdir(outDir);
    for (const name of await readdir(workspace.outDir))
      await copyFile(join(workspace.outDir, name), join(outDir, name));
    return { outcome, asked, written, outDir, left: await commandsWith(workspace.dir) };
  } finally {
    await workspace.remove();
  }
}

describe("an attempt after a lost runner", () => {
  test("does not look for the subject again where masks were kept", async () => {
    const params = { removeBackground: true };
    const folder = join(dir, "masks");
    const first = await attempt({ params, folder, lost: { after: "masks", count: 1 } });
    expect(first).toMatchObject({ outcome: "lost", left: [] });
    // The model goes on to the next chunk while the one before is being kept.
    expect([[16], [16, 16]]).toContainEqual(first.asked);
    const kept = first.written.length;
    expect([1, 2]).toContain(kept);
    const second = await attempt({ params, folder });
    expect(second.asked).toEqual([16, 16, 8].slice(kept));
    expect(second.outcome).toMatchObject({ frames: FRAMES, resumedFrames: 16 * kept });
    const { frames, width } = await decodeAnimation(join(second.outDir, "animation.webp"));
    expect(frames).toHaveLength(FRAMES);
    for (const frame of frames) {
      const alpha = (x: number) => frame[(32 * width + x) * 4 + 3];
      expect([alpha(10), alpha(80)]).toEqual([255, 0]);
    }
  });

  test("encodes only the parts that are missing, and the file is the same", async () => {
    const folder = join(dir, "parts");
    const first = await attempt({ params: {}, folder, lost: { after: "webp", count: 2 } });
    expect(first).toMatchObject({ outcome: "lost", left: [] });
    const kept = await readdir(folder);
    const second = await attempt({ params: {}, folder });
    expect(second.written.filter((name) => kept.includes(name))).toEqual([]);
    expect(second.outcome).toMatchObject({ frames: FRAMES });
    expect((second.outcome as { resumedFrames: number }).resumedFrames).toBeGreaterThanOrEqual(16);
    const whole = await attempt({ params: {}, folder: join(dir, "none") });
    for (const name of ["animation.webp", "animation.apng"]) {
      const [resumed, straight] = await Promise.all(
        [second, whole].map(({ outDir }) => decodeAnimation(join(outDir, name))),
      );
      expect(resumed).toEqual(straight);
    }
  });

  test("does nothing again when everything was kept but the end", async () => {
    const folder = join(dir, "all");
    await attempt({ params: {}, folder });
    const again = await attempt({ params: {}, folder });
    expect(again.written).toEqual([]);
    expect(again.outcome).toMatchObject({ resumedFrames: FRAMES });
  });

  test("takes no parts that were made for other settings", async () => {
    const folder = join(dir, "settings");
    await attempt({ params: { formats: ["webp"], quality: 30 }, folder });
    const other = await attempt({ params: { formats: ["webp"], quality: 80 }, folder });
    expect(other.outcome).toMatchObject({ resumedFrames: 0 });
  });
});
