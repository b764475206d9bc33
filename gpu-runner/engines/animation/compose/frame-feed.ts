/**
 * Makes finished frames of the plan, chunk after chunk, as files: decoded, masked, coloured. As long as chunks go forward
 * in the source one decoder serves them all.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { MaskSet } from "../mask/mask-set.ts";
import type { Chunk } from "../plan/chunks.ts";
import { neededSources, type PlannedFrame } from "../plan/frame-plan.ts";
import type { View } from "../plan/geometry.ts";
import type { FrameReader, Source } from "../read/source.ts";
import { composeFrame, type Rgb } from "./compose-frame.ts";
import { writeFrame } from "./frame-file.ts";

export interface FrameFeedOptions {
  readonly source: Source;
  readonly plan: readonly PlannedFrame[];
  readonly view: View;
  readonly masks: MaskSet | null;
  readonly background: Rgb | null;
}

interface OpenReader {
  readonly reader: FrameReader;
  /** What it will still give. */
  readonly sources: number[];
}

export class FrameFeed {
  readonly view: View;
  /** The lowest alpha of all frames made so far, 255 when they are opaque. */
  lowestAlpha = 255;
  readonly #options: FrameFeedOptions;
  readonly #queue: Chunk[];
  #open: OpenReader | undefined;
  #last: { source: number; rgba: Buffer } | undefined;

  /** `chunks` are the ones that will be taken, in that order. */
  constructor(options: FrameFeedOptions, chunks: readonly Chunk[]) {
    this.#options = options;
    this.view = options.view;
    this.#queue = [...chunks];
  }

  /** Writes the frames of the next chunk into `dir`, which is made. Returns the file of each frame; equal ones share one. */
  async take(dir: string, onFrame: () => void = () => {}): Promise<string[]> {
    const chunk = this.#queue[0] as Chunk;
    await mkdir(dir, { recursive: true });
    const files = new Map<number, string>();
    for (const source of this.#sourcesOf(chunk)) {
      const path = join(dir, `${files.size}.pam`);
      await writeFrame(path, this.view, await this.#frame(source));
      files.set(source, path);
      onFrame();
    }
    this.#queue.shift();
    return this.#options.plan.slice(chunk.from, chunk.to).map(({ source }) => files.get(source) as string);
  }

  async close(): Promise<void> {
    await this.#open?.reader.close();
    this.#open = undefined;
  }

  #sourcesOf({ from, to }: Chunk): number[] {
    return neededSources(this.#options.plan.slice(from, to));
  }

  async #frame(wanted: number): Promise<Buffer> {
    if (this.#last?.source === wanted) return this.#last.rgba;
    const { source, masks, background } = this.#options;
    if (this.#open?.sources[0] !== wanted) {
      await this.close();
      const sources = this.#ahead().filter((index) => index >= wanted);
      this.#open = { reader: source.open(sources, this.view, 4), sources: [...sources] };
    }
    const rgba = await this.#open.reader.next();
    this.#open.sources.shift();
    const mask = masks && (await masks.read(wanted, source.shape, this.view));
    this.lowestAlpha = Math.min(this.lowestAlpha, composeFrame(rgba, mask, background));
    this.#last = { source: wanted, rgba };
    return rgba;
  }

  /** Sources of the waiting chunks up to where the plan turns back. */
  #ahead(): number[] {
    const ahead: number[] = [];
    for (const chunk of this.#queue) {
      const sources = this.#sourcesOf(chunk);
      const end = ahead.at(-1) ?? -1;
      if ((sources[0] as number) < end) break;
      for (const source of sources) if (source > end) ahead.push(source);
    }
    return ahead;
  }
}
