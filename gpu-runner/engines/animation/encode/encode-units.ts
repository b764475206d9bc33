/**
 * The pipeline: frames are made chunk after chunk, and each chunk is encoded for all outputs at once, several chunks side by
 * side. A chunk's frames lie on disk only until all outputs have taken them, and only a few chunks lie there at a time.
 */
import { rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { FrameFeed } from "../compose/frame-feed.ts";
import type { Chunk } from "../plan/chunks.ts";
import type { Size } from "../plan/geometry.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import type { EncodeJob, Encoder, UnitEncoder } from "./encoder.ts";

/** One output and its units; `done` are the numbers of those whose files are there. */
export interface Target {
  readonly encoder: Encoder;
  readonly job: EncodeJob;
  readonly units: readonly Chunk[];
  /** Where each unit's file goes. */
  readonly paths: readonly string[];
  readonly done: ReadonlySet<number>;
}

export interface EncodeRun {
  readonly targets: readonly Target[];
  readonly chunks: readonly Chunk[];
  /** Scratch folder for frames. */
  readonly dir: string;
  readonly tools: Toolbox;
  /** Makes the frames of these chunks, in that order. */
  openFeed(chunks: readonly Chunk[]): FrameFeed;
  /** Told of frames as they are decoded and encoded, as a share of all the work. */
  onProgress(fraction: number): void;
  /** Told when a unit's file is complete. */
  onUnit(target: Target, unit: number): void;
}

/** Memory that all encoders may take together. */
const MEMORY_BYTES = 500_000_000;

/** How many encoders that take so much for each pixel work side by side on frames of this size. */
export function encodersFor({ width, height }: Size, bytesPerPixel: number): number {
  const fitting = Math.floor(MEMORY_BYTES / (width * height * bytesPerPixel));
  return Math.max(1, Math.min(availableParallelism(), fitting));
}

/**
 * Outputs in groups that may be encoded in one pass: an encoder that stays open from chunk to chunk keeps its memory, so on
 * large frames it gets a pass of its own.
 */
export function inPasses<T>(size: Size, outputs: readonly T[], encoderOf: (output: T) => Encoder): T[][] {
  const memory = (encoders: readonly Encoder[]) =>
    encoders.reduce((sum, { bytesPerPixel }) => sum + bytesPerPixel, 0) * size.width * size.height;
  const lasting = outputs.filter((output) => encoderOf(output).minUnitFrames !== null);
  const brief = outputs.filter((output) => encoderOf(output).minUnitFrames === null);
  const fitsOne = memory(outputs.map(encoderOf)) <= MEMORY_BYTES;
  return (fitsOne ? [[...outputs]] : [brief, ...lasting.map((output) => [output])]).filter(({ length }) => length > 0);
}

/** Encodes every unit that is not done. Rejects with the first error, when nothing runs any more. */
export async function encodeUnits(run: EncodeRun): Promise<void> {
  const { targets, chunks, dir, tools } = run;
  const jobs = chunks
    .map((chunk) => ({ chunk, takers: targets.filter((target) => !target.done.has(unitOf(target, chunk))) }))
    .filter(({ takers }) => takers.length > 0);
  const [first] = targets;
  if (!first || jobs.length === 0) return;
  const feed = run.openFeed(jobs.map(({ chunk }) => chunk));
  const slots = new Slots(
    encodersFor(first.job.size, Math.max(...targets.map(({ encoder }) => encoder.bytesPerPixel))),
  );
  const lanes = new Lanes(run);
  const total = jobs.reduce((sum, { chunk, takers }) => sum + (chunk.to - chunk.from) * (takers.length + 1), 0);
  let finished = 0;
  const advance = (frames: number) => {
    finished += frames;
    run.onProgress(finished / total);
  };
  const running = new Set<Promise<void>>();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {}); // awaited below
  try {
    for (const [i, { chunk, takers }] of jobs.entries()) {
      // One chunk more than there are encoders, so that none waits for frames.
      while (running.size > slots.count) await Promise.race([failure.promise, ...running]);
      const frameDir = join(dir, `frames-${i}`);
      const frames = await Promise.race([failure.promise, feed.take(frameDir, () => advance(1))]);
      const work = Promise.all(
        takers.map(async (target) => {
          await lanes.add(target, chunk, frames, slots);
          advance(frames.length);
        }),
      ).then(() => rm(frameDir, { recursive: true, force: true }));
      running.add(work);
      work.then(() => running.delete(work), failure.reject);
    }
    await Promise.race([failure.promise, Promise.all(running)]);
  } catch (error) {
    await tools.endAll();
    await Promise.allSettled(running);
    throw error;
  } finally {
    await feed.close();
  }
}

function unitOf({ units }: Target, { from }: Chunk): number {
  return units.findIndex(({ to }) => from < to);
}

interface Lane {
  encoder: Promise<UnitEncoder> | undefined;
  last: Promise<void>;
}

/** Chunks of one unit go through one encoder, one after the other. */
class Lanes {
  readonly #run: EncodeRun;
  readonly #open = new Map<string, Lane>();

  constructor(run: EncodeRun) {
    this.#run = run;
  }

  /** Resolves when the frames are encoded, and, with the last chunk of a unit, its file complete. */
  add(target: Target, chunk: Chunk, frames: readonly string[], slots: Slots): Promise<void> {
    const number = unitOf(target, chunk);
    const unit = target.units[number] as Chunk;
    const path = target.paths[number] as string;
    const key = `${this.#run.targets.indexOf(target)}:${number}`;
    const partial = `${path}.partial`;
    const lane: Lane = this.#open.get(key) ?? { encoder: undefined, last: Promise.resolve() };
    lane.last = lane.last.then(() =>
      slots.use(async () => {
        lane.encoder ??= target.encoder.open(target.job, unit, partial);
        const encoder = await lane.encoder;
        await encoder.add(frames);
        if (chunk.to < unit.to) return;
        await encoder.finish();
        await rename(partial, path);
        this.#run.onUnit(target, number);
      }),
    );
    this.#open.set(key, lane);
    return lane.last;
  }
}

/** Lets a fixed number of tasks run at a time. */
class Slots {
  readonly count: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.count = count;
    this.#free = count;
  }

  async use(task: () => Promise<void>): Promise<void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free--;
    try {
      await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
