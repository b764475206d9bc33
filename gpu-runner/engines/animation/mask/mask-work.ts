/** Frames out for the model that finds the subject, masks in: chunk by chunk, one mask for each source frame that is needed. */
import { open, rm } from "node:fs/promises";
import { type Chunk, cutIntoChunks } from "../plan/chunks.ts";
import { planView, type View } from "../plan/geometry.ts";
import type { FrameReader, Source } from "../read/source.ts";
import { holdsMasks, packMasks } from "./mask-file.ts";
import { MaskSet } from "./mask-set.ts";

/** U²-Net and its like look at 320 px, the others at 1,024: frames and masks of this size lose nothing. */
const SMALL_MODELS = ["u2net", "u2netp", "u2net_human_seg", "silueta"];
const SMALL_SIDE_PX = 512;
const LARGE_SIDE_PX = 1_024;

export class MaskWork {
  readonly view: View;
  readonly chunks: readonly Chunk[];
  readonly #source: Source;
  /** Source frames with masks, ascending. */
  readonly #sources: readonly number[];
  readonly #paths: string[] = [];
  #reader: { reader: FrameReader; next: number } | undefined;

  /** `maxSidePx` is what the whole frame's longest side will be at most. */
  constructor(source: Source, sources: readonly number[], model: string, maxSidePx: number) {
    this.#source = source;
    this.#sources = sources;
    const modelSidePx = SMALL_MODELS.includes(model) ? SMALL_SIDE_PX : LARGE_SIDE_PX;
    this.view = planView(source.shape, { shape: "none", maxSidePx: Math.min(maxSidePx, modelSidePx) });
    this.chunks = cutIntoChunks(sources.length);
  }

  /** Writes the frames of a chunk to `path`, raw RGB one after the other. Returns how many. */
  async writeFrames(chunk: number, path: string, onFrame: (share: number) => void): Promise<number> {
    const { from, to } = this.chunks[chunk] as Chunk;
    if (this.#reader?.next !== from) {
      await this.close();
      this.#reader = { reader: this.#source.open(this.#sources.slice(from), this.view, 3), next: from };
    }
    const file = await open(path, "w");
    try {
      for (let i = from; i < to; i++) {
        await file.write(await this.#reader.reader.next());
        this.#reader.next++;
        onFrame((i + 1 - from) / (to - from));
      }
    } finally {
      await file.close();
    }
    return to - from;
  }

  /** Takes the masks of a chunk, from `rawPath` or as they are packed in `path` already. False when `path` holds others. */
  async keep(chunk: number, rawPath: string | null, path: string): Promise<boolean> {
    const { from, to } = this.chunks[chunk] as Chunk;
    if (rawPath !== null) {
      await packMasks(rawPath, path, this.view, to - from);
      await rm(rawPath, { force: true });
    } else if (!(await holdsMasks(path, this.view, to - from))) return false;
    this.#paths[chunk] = path;
    return true;
  }

  /** All masks, to be steadied by `strength` (0 to 1). Throws when a chunk is missing. */
  finish(strength: number): MaskSet {
    const { view, chunks } = this;
    const paths = chunks.map((_, i) => {
      const path = this.#paths[i];
      if (path === undefined) throw new Error(`the masks of chunk ${i} are missing`);
      return path;
    });
    return new MaskSet({ shape: view, sources: this.#sources, chunks, paths, strength });
  }

  async close(): Promise<void> {
    await this.#reader?.reader.close();
    this.#reader = undefined;
  }
}
