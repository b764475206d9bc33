/**
 * Pictures and videos that can't be used, through the whole real stack: each is refused at once with a code and a
 * sentence, without a retry, without much memory, and with nothing left on the runner's disk. And small or odd ones that
 * look like trouble and are fine.
 */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Kiln } from "#client/kiln.ts";
import type { Job } from "#contract/job.ts";
import {
  animatedPng,
  BARS,
  HLS_PLAYLIST,
  makeVideo,
  pixelBomb,
  truncatedPicture,
  zipBomb,
  zipWithName,
} from "../helpers/hostile-files.ts";
import { watchMemory } from "../helpers/processes.ts";
import { type ScratchStack, startScratchStack } from "../helpers/scratch-stack.ts";

/** Of any process that has a part in refusing. */
const MAX_REFUSING_BYTES = 300_000_000;
/** Wait for models and meshes, and have no part in it. */
const BYSTANDERS = /rembg_worker|blender_solid|preview\.py/;
const REFUSED_WITHIN_MS = 15_000;

let stack: ScratchStack;
let kiln: Kiln;
let folder: string;
let workDir: string;

beforeAll(async () => {
  stack = await startScratchStack("image-to-svg,remove-background,animate");
  ({ kiln, folder, workDir } = stack);
  await mkdir(join(folder, "made"));
}, 180_000);

afterAll(() => stack?.stop());

type Content = string | Buffer | (() => Promise<Buffer>);

const made = (name: string, args: readonly string[]) => () => makeVideo(join(folder, "made", name), args);
const solid = (width: number, height: number) => () =>
  sharp({ create: { width, height, channels: 4, background: "#3366cc" } })
    .png()
    .toBuffer();

async function runJob(
  type: string,
  filename: string,
  content: Content,
  params: Record<string, unknown> = {},
): Promise<Job> {
  const bytes = typeof content === "function" ? await content() : content;
  const upload = await kiln.upload(new Blob([bytes as BlobPart]), { filename });
  const { id } = await kiln.createJob({ type, params, inputs: [{ upload: upload.id }] });
  for await (const _ of kiln.events(id));
  return await kiln.job(id);
}

/** Files of any attempt that are still on the runner's disk; `child-…` are the homes of the children that wait. */
async function leftInWorkspaces(): Promise<string[]> {
  return (await readdir(workDir)).filter((name) => name.startsWith("attempt-"));
}

const truncatedMp4 = async () => {
  const whole = await makeVideo(join(folder, "made", "whole.mp4"), [...BARS, "-movflags", "+faststart"]);
  return whole.subarray(0, 600);
};
const emptyZip = Buffer.from(zipSync({}));
const textZip = Buffer.from(zipSync({ "notes.txt": Buffer.from("no picture") }));

describe("an input that can't be used", () => {
  it.each<[type: string, why: string, filename: string, content: Content, code: string]>([
    ["image-to-svg", "is a text", "photo.png", "Dear diary", "input_invalid"],
    ["image-to-svg", "is a video with a picture's name", "photo.png", made("a.mp4", BARS), "input_invalid"],
    ["image-to-svg", "is a PNG cut off", "cut.png", () => truncatedPicture("png"), "input_invalid"],
    ["image-to-svg", "is a WebP cut off", "cut.webp", () => truncatedPicture("webp"), "input_invalid"],
    ["image-to-svg", "is a TIFF cut off", "cut.tif", () => truncatedPicture("tiff"), "input_invalid"],
    ["image-to-svg", "is a picture of 900 megapixels in 1 kB", "bomb.png", pixelBomb(), "input_too_large"],
    ["image-to-svg", "is larger than what is traced", "wide.png", solid(9_000, 4), "input_too_large"],
    ["remove-background", "is a JPG cut off", "cut.jpg", () => truncatedPicture("jpeg"), "input_invalid"],
    ["remove-background", "is a picture of 900 megapixels in 1 kB", "bomb.png", pixelBomb(), "input_too_large"],
    [
      "remove-background",
      "is a zip whose file leads out of it",
      "a.zip",
      () => zipWithName("../../x.png"),
      "input_invalid",
    ],
    ["remove-background", "is a zip that unpacks to a thousand times its size", "a.zip", zipBomb(), "input_too_large"],
    [
      "remove-background",
      "is a zip cut off",
      "a.zip",
      async () => (await zipWithName("a.png")).subarray(0, 60),
      "input_invalid",
    ],
    ["remove-background", "is an empty zip", "a.zip", emptyZip, "input_invalid"],
    ["remove-background", "is a zip without pictures", "a.zip", textZip, "input_invalid"],
    ["animate", "is a text", "clip.mp4", "Dear diary", "input_invalid"],
    ["animate", "is an HLS playlist with a video's name", "clip.mp4", HLS_PLAYLIST, "input_invalid"],
    ["animate", "is a video cut off in its header", "cut.mp4", truncatedMp4, "input_invalid"],
    [
      "animate",
      "has sound only",
      "sound.mp4",
      made("sound.mp4", ["-f", "lavfi", "-i", "sine=duration=1"]),
      "input_invalid",
    ],
    [
      "animate",
      "has no frame",
      "none.mkv",
      made("none.mkv", [...BARS, "-frames:v", "0", "-c:v", "ffv1"]),
      "input_invalid",
    ],
    ["animate", "is an animated PNG of 10,000 frames", "many.png", animatedPng(10_000), "input_too_large"],
    ["animate", "is a picture of 900 megapixels in 1 kB", "bomb.png", pixelBomb(), "input_too_large"],
    ["animate", "is a zip whose file leads out of it", "a.zip", () => zipWithName("../x.png"), "input_invalid"],
    ["animate", "is an empty zip", "a.zip", emptyZip, "input_invalid"],
  ])("%s: because it %s it is refused, in words, in little memory", async (type, _why, filename, content, code) => {
    const startedAt = performance.now();
    const memory = watchMemory(workDir, BYSTANDERS);
    const job = await runJob(type, filename, content);
    const peak = await memory.stop();
    expect(job).toMatchObject({ state: "failed", attempt: 1, error: { code } });
    expect(job.error?.message).toMatch(/^.{20,}\.$/s);
    // The runner alone has more than this: it was seen.
    expect(peak.bytes).toBeGreaterThan(20_000_000);
    expect(peak.bytes, peak.command).toBeLessThan(MAX_REFUSING_BYTES);
    expect(performance.now() - startedAt).toBeLessThan(REFUSED_WITHIN_MS);
    await expect.poll(leftInWorkspaces).toEqual([]);
  });
});

describe("an odd input that is fine", () => {
  it.each<[type: string, what: string, filename: string, content: Content, artifact: string]>([
    ["image-to-svg", "a picture of 1 px", "dot.png", solid(1, 1), "image.svg"],
    ["image-to-svg", "a picture of 3 × 601 px", "strip.png", solid(3, 601), "image.svg"],
    ["image-to-svg", "a picture with another format's name", "photo.jpg", solid(20, 20), "image.svg"],
    ["remove-background", "a picture of 1 px", "dot.png", solid(1, 1), "cutout.png"],
    ["remove-background", "a picture of 3 × 601 px", "strip.png", solid(3, 601), "cutout.png"],
    ["animate", "one picture of 1 px", "dot.png", solid(1, 1), "animation.webp"],
    [
      "animate",
      "a video of odd size with a picture's name",
      "clip.png",
      made("odd.mkv", ["-f", "lavfi", "-i", "testsrc=size=33x17:rate=10:duration=0.3", "-c:v", "ffv1"]),
      "animation.webp",
    ],
  ])("%s: %s", async (type, _what, filename, content, artifact) => {
    const job = await runJob(type, filename, content);
    expect(job.error).toBeNull();
    expect(job.manifest?.artifacts.map(({ name }) => name)).toContain(artifact);
    await expect.poll(leftInWorkspaces).toEqual([]);
  });
});
