/**
 * Looks at a chosen file before it is sent, by its first bytes and not by its name, so that a wrong one is refused at
 * once with a sentence that says what to do. The server and the runner check again.
 */
import { readSignature, SIGNATURE_BYTES } from "#contract/file-signature.ts";
import { MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PX, MAX_SVG_BYTES } from "#contract/limits.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes } from "../../formatting.ts";

/** What an input, or an input with a part of its own, may be. */
export type Accepted = Pick<JobTypeInfo["inputs"], "accept" | "extensions" | "maxBytes">;

/** The file's media type, or why it can't be taken, as a sentence. */
export type FileCheck =
  | { readonly type: string; readonly problem: null }
  | { readonly type: null; readonly problem: string };

const refuse = (problem: string): FileCheck => ({ type: null, problem });

/** Whether the file can be an input. Never throws: a file that can't be read is refused. */
export async function checkFile(file: Blob, accepted: Accepted): Promise<FileCheck> {
  if (file.size === 0) return refuse("This file is empty. Choose another one.");
  if (file.size > accepted.maxBytes) {
    return refuse(`This file has ${formatBytes(file.size)}; up to ${formatBytes(accepted.maxBytes)} can be taken.`);
  }
  let head: Uint8Array;
  try {
    head = new Uint8Array(await file.slice(0, SIGNATURE_BYTES).arrayBuffer());
  } catch {
    return refuse("This file can't be read. It may have been moved or changed; choose it again.");
  }
  const kind = readSignature(head);
  if (!kind || !accepted.accept.includes(kind.type)) {
    const what = kind ? `${withArticle(kind.name)} file` : "a file of another kind";
    return refuse(`This is ${what}. Choose ${formatNames(accepted.extensions)}.`);
  }
  if (kind.type === "image/svg+xml" && file.size > MAX_SVG_BYTES) {
    return refuse(`This SVG is larger than ${formatBytes(MAX_SVG_BYTES)}. Simplify it, or choose a PNG.`);
  }
  const problem = kind.type === "image/png" ? checkPngSize(head) : null;
  return problem ? refuse(problem) : { type: kind.type, problem: null };
}

/** A PNG's width and height are in its first 24 bytes. Other formats' sizes are checked by the runner. */
function checkPngSize(head: Uint8Array): string | null {
  if (head.byteLength < 24) return "This PNG is cut off. Export it again.";
  const view = new DataView(head.buffer, head.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (Math.max(width, height) <= MAX_IMAGE_SIDE_PX && width * height <= MAX_IMAGE_PIXELS) return null;
  return `This picture has ${width} × ${height} pixels. Scale it to ${MAX_IMAGE_SIDE_PX} a side and ${MAX_IMAGE_PIXELS / 1e6} megapixels at most.`;
}

/** Second spellings of formats: one name is enough. */
const SAME = new Set([".jpeg", ".tiff", ".m4v"]);
/** Formats that people don't write in capitals. */
const SPELLED: Readonly<Record<string, string>> = { ".webp": "WebP", ".webm": "WebM", ".zip": "zip", ".tif": "TIFF" };

/** [".svg", ".png", ".jpg", ".jpeg"] → "an SVG, PNG or JPG": a format's second spelling is left out. */
export function formatNames(extensions: readonly string[]): string {
  const names = extensions
    .filter((extension) => !SAME.has(extension))
    .map((extension) => SPELLED[extension] ?? extension.slice(1).toUpperCase());
  const last = names.pop();
  return withArticle(names.length > 0 ? `${names.join(", ")} or ${last}` : `${last}`);
}

/** "an SVG", "a PNG": abbreviations are read letter by letter. "GIF" and "JPG" are "a" either way. */
const withArticle = (name: string): string => `${/^(?:[AEFHILMNORSX](?!atroska)|ogg)/.test(name) ? "an" : "a"} ${name}`;
