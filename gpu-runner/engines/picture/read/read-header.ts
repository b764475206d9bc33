/**
 * A picture's kind and size from its header: what it is by its first bytes, how large it says to be. Nothing is decoded, so
 * that a bomb of 30,000 × 30,000 px is refused in milliseconds and a few megabytes.
 */
import { open } from "node:fs/promises";
import sharp from "sharp";
import { readSignature, SIGNATURE_BYTES } from "#contract/file-signature.ts";
import { PICTURE_TYPES } from "#contract/job-types/picture.ts";
import { MAX_IMAGE_PIXELS, MAX_IMAGE_SIDE_PX } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";

/** What a picture is. Sizes are of the upright picture, whatever way its EXIF orientation says it lies. */
export interface PictureHeader {
  /** Media type by content, e.g. `image/png`. */
  readonly type: string;
  readonly width: number;
  readonly height: number;
  /** Whether it can hold transparent pixels. */
  readonly hasAlpha: boolean;
  /** Frames or pages, of which the first is used. */
  readonly frames: number;
}

const WANTED = "PNG, JPG, WebP, GIF, TIFF or BMP";
/** EXIF orientations that lie on their side. */
const ON_SIDE = new Set([5, 6, 7, 8]);

/**
 * Reads the header of the picture at `path`. Throws a JobFailure: input_invalid when it is no picture that can be read,
 * input_too_large when it has more pixels than may be decoded or a side over `maxSidePx`.
 */
export async function readHeader(
  path: string,
  filename: string,
  maxSidePx: number = MAX_IMAGE_SIDE_PX,
): Promise<PictureHeader> {
  const signature = readSignature(await readHead(path));
  if (!signature || !(PICTURE_TYPES as readonly string[]).includes(signature.type)) {
    const what = signature ? `is ${signature.name}` : "is no picture that Kiln knows";
    throw new JobFailure("input_invalid", `${filename} ${what}. Save it as ${WANTED} and try again.`);
  }
  const header =
    signature.type === "image/bmp" ? await readBmpHeader(path, filename) : await readWithSharp(path, filename);
  checkSize(header, filename, maxSidePx);
  return { type: signature.type, ...header };
}

/** The failure of a picture whose header was good and whose pixels can't be decoded. */
export function damaged(filename: string, cause: unknown): JobFailure {
  return new JobFailure(
    "input_invalid",
    `${filename} can't be decoded: it is damaged or cut off. Save it again and upload the new file.`,
    { cause },
  );
}

/** The first bytes of a file, for its signature. */
export async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

type Facts = Omit<PictureHeader, "type">;

async function readWithSharp(path: string, filename: string): Promise<Facts> {
  const metadata = await sharp(path, { limitInputPixels: false, failOn: "none" })
    .metadata()
    .catch((cause) => {
      throw damaged(filename, cause);
    });
  const { width = 0, height = 0, pages = 1, pageHeight = height, hasAlpha = false, orientation = 1 } = metadata;
  const [w, h] = ON_SIDE.has(orientation) ? [pageHeight, width] : [width, pageHeight];
  return { width: w, height: h, hasAlpha, frames: pages };
}

/** https://learn.microsoft.com/windows/win32/gdi/bitmap-header-types; a negative height counts from the top. */
async function readBmpHeader(path: string, filename: string): Promise<Facts> {
  const head = await readHead(path);
  if (head.length < 30) throw damaged(filename, "shorter than its header");
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const isCore = view.getUint32(14, true) === 12;
  const width = isCore ? view.getUint16(18, true) : Math.abs(view.getInt32(18, true));
  const height = isCore ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  const bits = view.getUint16(isCore ? 24 : 28, true);
  return { width, height, hasAlpha: bits === 32, frames: 1 };
}

function checkSize({ width, height }: Facts, filename: string, maxSidePx: number): void {
  if (width < 1 || height < 1) throw damaged(filename, "no size");
  if (Math.max(width, height) <= maxSidePx && width * height <= MAX_IMAGE_PIXELS) return;
  throw new JobFailure(
    "input_too_large",
    `${filename} has ${width} × ${height} pixels; at most ${MAX_IMAGE_PIXELS / 1e6} million pixels and ${maxSidePx} per side can be used. Make it smaller.`,
  );
}
