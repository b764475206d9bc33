/**
 * Looks at a chosen file before it is sent, by its first bytes and not by its name, so that a wrong one is refused at
 * once with a sentence that says what to do. The server and the runner check again.
 */
import { MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PX, MAX_SVG_BYTES } from "#contract/limits.ts";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { formatBytes } from "../../formatting.ts";

/** Enough for an SVG's comments and editor metadata before `<svg`. */
const HEAD_BYTES = 4_096;

interface Kind {
  readonly type: string;
  readonly name: string;
}

const SIGNATURES: readonly (Kind & { readonly bytes: readonly number[]; readonly at?: number })[] = [
  { type: "image/png", name: "PNG", bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { type: "image/jpeg", name: "JPG", bytes: [0xff, 0xd8, 0xff] },
  { type: "image/gif", name: "GIF", bytes: [0x47, 0x49, 0x46, 0x38] },
  { type: "image/webp", name: "WebP", bytes: [0x57, 0x45, 0x42, 0x50], at: 8 },
  { type: "application/pdf", name: "PDF", bytes: [0x25, 0x50, 0x44, 0x46] },
  { type: "font/ttf", name: "TTF", bytes: [0x00, 0x01, 0x00, 0x00] },
  { type: "font/ttf", name: "TTF", bytes: [0x74, 0x72, 0x75, 0x65] },
  { type: "font/otf", name: "OTF", bytes: [0x4f, 0x54, 0x54, 0x4f] },
  { type: "font/woff2", name: "WOFF2", bytes: [0x77, 0x4f, 0x46, 0x32] },
];

/** What a file is by its first bytes, or null. */
export function sniff(head: Uint8Array): Kind | null {
  const found = SIGNATURES.find(({ bytes, at = 0 }) => bytes.every((byte, i) => head[at + i] === byte));
  if (found) return { type: found.type, name: found.name };
  return /<svg[\s>]/i.test(new TextDecoder().decode(head)) ? { type: "image/svg+xml", name: "SVG" } : null;
}

/** Why the file can't be an input of the job type, as a sentence, or null. */
export async function checkFile(file: Blob, inputs: JobTypeInfo["inputs"]): Promise<string | null> {
  if (file.size === 0) return "This file is empty. Choose another one.";
  if (file.size > inputs.maxBytes) {
    return `This file has ${formatBytes(file.size)}; up to ${formatBytes(inputs.maxBytes)} can be taken.`;
  }
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const kind = sniff(head);
  if (!kind || !inputs.accept.includes(kind.type)) {
    return `This is ${kind ? `${withArticle(kind.name)} file` : "a file of another kind"}. Choose ${formatNames(inputs.extensions)}.`;
  }
  if (kind.type === "image/svg+xml" && file.size > MAX_SVG_BYTES) {
    return `This SVG is larger than ${formatBytes(MAX_SVG_BYTES)}. Simplify it, or choose a PNG.`;
  }
  return kind.type === "image/png" ? checkPngSize(head) : null;
}

/** A PNG's width and height are in its first 24 bytes. Other formats' sizes are checked by the runner. */
function checkPngSize(head: Uint8Array): string | null {
  if (head.byteLength < 24) return "This PNG is cut off. Export it again.";
  const view = new DataView(head.buffer, head.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (Math.max(width, height) <= MAX_IMAGE_SIDE_PX && width * height <= MAX_IMAGE_PIXELS) return null;
  return `This picture has ${width} × ${height} pixels. Scale it to ${MAX_IMAGE_SIDE_PX} a side and ${MAX_IMAGE_PIXELS / 1e6} megapixels at most.`;
}

/** [".svg", ".png", ".jpg", ".jpeg"] → "an SVG, PNG or JPG": a format's second spelling is left out. */
export function formatNames(extensions: readonly string[]): string {
  const names = extensions
    .filter((extension) => extension !== ".jpeg")
    .map((extension) => extension.slice(1).toUpperCase());
  const last = names.pop();
  return withArticle(names.length > 0 ? `${names.join(", ")} or ${last}` : `${last}`);
}

/** "an SVG", "a PNG": abbreviations are read letter by letter. "GIF" and "JPG" are "a" either way. */
const withArticle = (name: string): string => `${/^[AEFHILMNORSX]/.test(name) ? "an" : "a"} ${name}`;
