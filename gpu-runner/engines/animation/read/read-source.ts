/** Which kind of source the inputs are, by their first bytes, and reading it. */
import { open } from "node:fs/promises";
import { readSignature } from "#contract/file-signature.ts";
import { PICTURE_TYPES } from "#contract/job-types/picture.ts";
import { MAX_FRAMES } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import { readHead } from "../../picture/read/read-header.ts";
import type { PlanWishes } from "../plan/frame-plan.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { type PictureFile, readPictures } from "./read-pictures.ts";
import { isVideoType, readVideo } from "./read-video.ts";
import { isAnimatedWebp, readWebp } from "./read-webp.ts";
import type { Source } from "./source.ts";

/** How fast single pictures follow each other when nothing is said. */
const PICTURES_FPS = 12;

/** Reads the inputs: one video or animation, or any number of still pictures. Throws JobFailures that say what to do. */
export async function readSource(
  files: readonly PictureFile[],
  wishes: PlanWishes,
  tools: Toolbox,
  onProgress: (fraction: number) => void,
): Promise<Source> {
  const typed = await Promise.all(files.map(async (file) => ({ ...file, type: await readType(file) })));
  const [only] = typed;
  if (only && typed.length === 1 && (await isMoving(only))) {
    return only.type === "image/webp" ? await readWebp(only) : await readVideo(only, wishes, tools, onProgress);
  }
  const video = typed.find(({ type }) => !(PICTURE_TYPES as readonly string[]).includes(type));
  if (video) {
    throw new JobFailure(
      "input_invalid",
      `${video.filename} is a video among ${files.length} files. Give one video, or pictures only.`,
    );
  }
  if (files.length > MAX_FRAMES) {
    throw new JobFailure("input_too_large", `There are ${files.length} pictures; up to ${MAX_FRAMES} are taken.`);
  }
  return await readPictures(files, wishes.fps ?? PICTURES_FPS);
}

async function readType({ path, filename }: PictureFile): Promise<string> {
  const signature = readSignature(await readHead(path));
  if (signature && (isVideoType(signature.type) || (PICTURE_TYPES as readonly string[]).includes(signature.type))) {
    return signature.type;
  }
  const what = signature ? `is ${signature.name}` : "is nothing that Kiln knows";
  throw new JobFailure(
    "input_invalid",
    `${filename} ${what}. Give a video (MP4, MOV, WebM, MKV), a GIF, APNG or WebP, or pictures.`,
  );
}

async function isMoving({ path, type }: { path: string; type: string }): Promise<boolean> {
  if (type === "image/png") return await isApng(path);
  if (type === "image/webp") return await isAnimatedWebp(path);
  return isVideoType(type);
}

/** An animated PNG has an `acTL` chunk before its first `IDAT`. https://www.w3.org/TR/png-3/#acTL-chunk */
async function isApng(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(8);
    const MAX_CHUNKS = 1_000;
    for (let at = 8, i = 0; i < MAX_CHUNKS; i++) {
      const { bytesRead } = await file.read(head, 0, 8, at);
      const name = head.toString("latin1", 4, 8);
      if (bytesRead < 8 || name === "IDAT") return false;
      if (name === "acTL") return true;
      at += head.readUInt32BE(0) + 12;
    }
    return false;
  } finally {
    await file.close();
  }
}
