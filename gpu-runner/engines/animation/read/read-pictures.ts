/** A row of still pictures as a source, in the order given. All become the size of the first. */
import sharp from "sharp";
import { MAX_VIDEO_SIDE_PX } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import { decodePicture } from "../../picture/read/decode-picture.ts";
import { type PictureHeader, readHeader } from "../../picture/read/read-header.ts";
import type { View } from "../plan/geometry.ts";
import type { FrameReader, Source } from "./source.ts";

export interface PictureFile {
  readonly path: string;
  readonly filename: string;
}

interface Picture extends PictureFile {
  readonly header: PictureHeader;
}

/** Sides may differ by this share before a picture counts as of another shape. */
const SHAPE_TOLERANCE = 0.01;
const US_PER_S = 1_000_000;

/** Reads the headers of all pictures; nothing is decoded. `fps` is how fast they follow. Throws JobFailures that name the picture. */
export async function readPictures(files: readonly PictureFile[], fps: number): Promise<Source> {
  const pictures: Picture[] = [];
  for (const file of files) pictures.push({ ...file, header: await readHeader(file.path, file.filename) });
  const [first] = pictures;
  if (!first) throw new JobFailure("input_invalid", "There are no pictures. Add at least one.");
  const { width, height } = first.header;
  const scale = Math.min(1, MAX_VIDEO_SIDE_PX / Math.max(width, height));
  const shape = {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
    pixelAspect: 1,
  };
  const others = pictures.filter(({ header }) => header.width !== width || header.height !== height);
  const hasBars = others.some(
    ({ header }) => Math.abs((header.width / header.height) * (height / width) - 1) > SHAPE_TOLERANCE,
  );
  const warnings =
    others.length > 0
      ? [
          `${others.length} of ${pictures.length} pictures have another size and were fitted to the first, ${width} × ${height} px.`,
        ]
      : [];
  return {
    type: first.header.type,
    codec: "pictures",
    shape,
    frames: pictures.map((_, i) => {
      const timeUs = Math.round((i * US_PER_S) / fps);
      return { timeUs, durationUs: Math.round(((i + 1) * US_PER_S) / fps) - timeUs };
    }),
    whole: { frames: pictures.length, durationUs: Math.round((pictures.length * US_PER_S) / fps) },
    hasAlpha: hasBars || pictures.some(({ header }) => header.hasAlpha),
    warnings,
    open: (indices, view, channels) => new PictureReader(pictures, shape, indices, view, channels),
  };
}

class PictureReader implements FrameReader {
  readonly #pictures: readonly Picture[];
  readonly #shape: { readonly width: number; readonly height: number };
  readonly #indices: readonly number[];
  readonly #view: View;
  readonly #channels: 3 | 4;
  #at = 0;

  constructor(
    pictures: readonly Picture[],
    shape: { readonly width: number; readonly height: number },
    indices: readonly number[],
    view: View,
    channels: 3 | 4,
  ) {
    this.#pictures = pictures;
    this.#shape = shape;
    this.#indices = indices;
    this.#view = view;
    this.#channels = channels;
  }

  async next(): Promise<Buffer> {
    const { path, filename, header } = this.#pictures[this.#indices[this.#at++] as number] as Picture;
    const { width, height } = this.#shape;
    const { crop } = this.#view;
    const decoded = await decodePicture(path, filename, header, { maxSidePx: Math.max(width, height) });
    const background = { r: 0, g: 0, b: 0, alpha: 0 };
    const fitted = await sharp(decoded.rgba, { raw: { width: decoded.width, height: decoded.height, channels: 4 } })
      .resize({ width, height, fit: "contain", background })
      .raw()
      .toBuffer();
    let image = sharp(fitted, { raw: { width, height, channels: 4 } });
    if (crop) image = image.extract({ left: crop.x, top: crop.y, width: crop.width, height: crop.height });
    const sized = image.resize({ width: this.#view.width, height: this.#view.height, fit: "fill" });
    return await (this.#channels === 4 ? sized : sized.removeAlpha()).raw().toBuffer();
  }

  async close(): Promise<void> {}
}
