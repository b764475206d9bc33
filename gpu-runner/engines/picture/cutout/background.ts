/** What is put behind a subject: nothing, a colour, a picture that covers the canvas, or the one behind the other. */
import sharp from "sharp";
import { decodePicture, type Pixels } from "../read/decode-picture.ts";
import { readHeader } from "../read/read-header.ts";
import { layOver } from "./layers.ts";

export interface CutoutBackground {
  /** `#rrggbb`, or null. */
  readonly color: string | null;
  readonly picture: { readonly path: string; readonly filename: string } | null;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The one that was decoded last: the same is wanted for every picture of a job. */
let decoded: { path: string; pixels: Promise<Pixels> } | undefined;

/** RGBA of the background in the canvas's size, or null when there is none. Throws a JobFailure for a picture that can't be read. */
export async function backgroundFor({ color, picture }: CutoutBackground, size: Size): Promise<Buffer | null> {
  const plain = color === null ? null : plainColor(color, size);
  if (!picture) return plain;
  const { rgba, width, height } = await decode(picture);
  const cover = await sharp(rgba, { raw: { width, height, channels: 4 }, limitInputPixels: false })
    .resize({ ...size, fit: "cover" })
    .raw()
    .toBuffer();
  return plain ? layOver(cover, plain) : cover;
}

function decode({ path, filename }: { path: string; filename: string }): Promise<Pixels> {
  if (decoded?.path !== path) {
    decoded = { path, pixels: readHeader(path, filename).then((header) => decodePicture(path, filename, header)) };
  }
  return decoded.pixels;
}

function plainColor(color: string, { width, height }: Size): Buffer {
  const rgba = Buffer.alloc(width * height * 4);
  return rgba.fill(Buffer.from(`${color.slice(1)}ff`, "hex"));
}
