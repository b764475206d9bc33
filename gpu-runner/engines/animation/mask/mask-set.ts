/** All masks of an animation, one for each source frame that is needed, steadied over time as they are read. */
import sharp from "sharp";
import type { Chunk } from "../plan/chunks.ts";
import type { Rectangle, SourceShape, View } from "../plan/geometry.ts";
import { type MaskShape, readMask } from "./mask-file.ts";
import { SMOOTHING_REACH, smoothMask } from "./smooth-masks.ts";
import { SubjectBox } from "./subject-box.ts";

/** Unpacked masks kept in memory: the reach on both sides, and a few for frames that come again. */
const KEPT = 4 * SMOOTHING_REACH + 2;

/** Models leave a haze over what is not the subject, which crawls from frame to frame: it goes, and so do faint holes. */
const HAZE_BELOW = 16;
const LEVELS = Uint8Array.from({ length: 256 }, (_, value) => {
  const level = (255 * (value - HAZE_BELOW)) / (255 - 2 * HAZE_BELOW);
  return Math.round(Math.min(Math.max(level, 0), 255));
});

export class MaskSet {
  readonly #shape: MaskShape;
  readonly #chunks: readonly Chunk[];
  readonly #paths: readonly string[];
  readonly #strength: number;
  readonly #positions: ReadonlyMap<number, number>;
  readonly #raw = new Map<number, Promise<Buffer>>();

  /** `sources` are the frames with masks, ascending; `paths` the files of the chunks they are cut into; `strength` is 0 to 1. */
  constructor(options: {
    readonly shape: MaskShape;
    readonly sources: readonly number[];
    readonly chunks: readonly Chunk[];
    readonly paths: readonly string[];
    readonly strength: number;
  }) {
    this.#shape = options.shape;
    this.#chunks = options.chunks;
    this.#paths = options.paths;
    this.#strength = options.strength;
    this.#positions = new Map(options.sources.map((source, position) => [source, position]));
  }

  /** The mask of a source frame as a view of `shape` shows it, `width × height` bytes. */
  async read(source: number, shape: SourceShape, view: View): Promise<Buffer> {
    const mask = await this.#readSmooth(this.#positions.get(source) as number);
    return await scaleMask(mask, this.#shape, shape, view);
  }

  /** Box around the subject over all frames, in shares of width and height; null when no mask keeps anything. */
  async subjectBox(): Promise<Rectangle | null> {
    const box = new SubjectBox(this.#shape);
    for (let position = 0; position < this.#positions.size; position++) box.add(await this.#readSmooth(position));
    return box.box;
  }

  /** The mask as it is drawn: what flickers up in one frame, and haze, is no part of it. */
  async #readSmooth(position: number): Promise<Uint8Array> {
    const from = Math.max(0, position - SMOOTHING_REACH);
    const to = Math.min(this.#positions.size - 1, position + SMOOTHING_REACH);
    const around = await Promise.all(Array.from({ length: to - from + 1 }, (_, i) => this.#read(from + i)));
    return smoothMask(around, position - from, this.#strength).map((value) => LEVELS[value] as number);
  }

  #read(position: number): Promise<Buffer> {
    const kept = this.#raw.get(position);
    if (kept) return kept;
    const chunk = this.#chunks.findIndex(({ to }) => position < to);
    const mask = readMask(this.#paths[chunk] as string, position - (this.#chunks[chunk] as Chunk).from);
    this.#raw.set(position, mask);
    if (this.#raw.size > KEPT) this.#raw.delete(this.#raw.keys().next().value as number);
    return mask;
  }
}

async function scaleMask(mask: Uint8Array, from: MaskShape, source: SourceShape, view: View): Promise<Buffer> {
  const { width, height, crop } = view;
  if (!crop && width === from.width && height === from.height) return Buffer.from(mask);
  // Cut out only after scaling up: a crop of a few pixels would lie between the pixels of a small mask.
  const full = crop
    ? {
        width: Math.round((width * source.width) / crop.width),
        height: Math.round((height * source.height) / crop.height),
      }
    : { width, height };
  let image = sharp(mask, { raw: { ...from, channels: 1 } }).resize({ ...full, fit: "fill", kernel: "cubic" });
  if (crop) {
    const left = Math.min(Math.round((crop.x * full.width) / source.width), full.width - width);
    const top = Math.min(Math.round((crop.y * full.height) / source.height), full.height - height);
    image = image.extract({ left, top, width, height });
  }
  return await image.extractChannel(0).raw().toBuffer();
}
