/**
 * Small pictures of chosen files: decoded small, two at a time, the last one asked for first (that is where the visitor
 * has scrolled to). Five hundred photos in full size would need gigabytes.
 */
import { objectUrl, urlOf } from "./object-url.ts";

const HEIGHT_PX = 240;
const PARALLEL = 2;

const known = new WeakMap<File, Promise<string | null>>();
const waiting: (() => Promise<void>)[] = [];
let atWork = 0;

/** URL of a small picture of the file, or null when this browser can't read it. */
export function thumbnailOf(file: File): Promise<string | null> {
  const before = known.get(file);
  if (before) return before;
  const made = new Promise<string | null>((resolve) => {
    waiting.push(async () => resolve(await makeThumbnail(file).catch(() => null)));
    void workOff();
  });
  known.set(file, made);
  return made;
}

async function workOff(): Promise<void> {
  if (atWork >= PARALLEL) return;
  atWork += 1;
  for (let next = waiting.pop(); next; next = waiting.pop()) await next();
  atWork -= 1;
}

async function makeThumbnail(file: File): Promise<string> {
  // A vector has no pixels to decode, and is small.
  if (file.type === "image/svg+xml") return objectUrl(file);
  const bitmap = await createImageBitmap(file, { resizeHeight: HEIGHT_PX, resizeQuality: "medium" });
  const canvas = document.createElement("canvas");
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
  bitmap.close();
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/webp", 0.8));
  if (!blob) throw new Error("the canvas gave no picture");
  return urlOf(blob, file);
}
