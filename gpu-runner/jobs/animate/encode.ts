/**
 * Step `encode`: the files. Outputs without a size limit are encoded in one pass; each with one by itself, again with a
 * better guess when the first file is too large. Encoded parts are kept as checkpoints as soon as they are there.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { OutputSettings } from "../../engines/animation/animation-request.ts";
import type { OutputKind } from "../../engines/animation/encode/outputs.ts";
import type { JobContext, Step } from "../job.ts";
import { type AnimateState, known, type MadeFile, paramsOf } from "./animate-state.ts";

/** With the masks of the longest animation this stays below `MAX_CHECKPOINTS`, and within what is worth keeping. */
const MAX_PART_CHECKPOINTS = 420;
/** How often an output is encoded to come below its size limit. */
const MAX_PASSES = 4;
/** A file that uses less than this share of its limit though it could be better is tried once more. */
const GOOD_SHARE = 0.85;

const FILE_NAMES: Readonly<Record<OutputKind, string>> = {
  webp: "animation.webp",
  apng: "animation.apng",
  gif: "animation.gif",
  webm: "animation.webm",
  sprites: "sprite-sheet.png",
};

export const encodeStep: Step<AnimateState> = {
  stage: "encode",
  async run(context, state) {
    const { session } = known(state);
    const { formats, quality, maxBytes, poster, spriteSheet } = paramsOf(context);
    const posterPath = poster ? join(context.outDir, "poster.png") : null;
    await session.request({ kind: "still", posterPath, previewPath: join(context.outDir, "preview.webp") }, {});
    const work = new EncodeWork(context, state);
    const whole = { quality, scale: 1 };
    const limited = maxBytes === undefined ? [] : [...new Set(formats)];
    const free: OutputKind[] = maxBytes === undefined ? [...new Set(formats)] : [];
    if (spriteSheet) free.push("sprites");
    const passes = limited.length + (free.length > 0 ? 1 : 0);
    if (free.length > 0) {
      work.share(0, passes);
      const outputs = free.map((kind) => ({ kind, ...whole }));
      await work.encode(outputs);
      for (const output of outputs) state.files.push(await work.join(output));
    }
    for (const [i, kind] of limited.entries()) {
      work.share(passes - limited.length + i, passes);
      state.files.push(await encodeToFit(work, context, kind, maxBytes as number));
    }
    await work.settle();
  },
};

/** Encodes until the file is small enough. The smallest one and a warning when it can't be. */
async function encodeToFit(
  work: EncodeWork,
  context: JobContext,
  kind: OutputKind,
  maxBytes: number,
): Promise<MadeFile> {
  let correction = 1;
  let best: MadeFile | undefined;
  let last: MadeFile | undefined;
  for (let pass = 1; pass <= MAX_PASSES; pass++) {
    const { estimateBytes, fits, ...found } = await work.fit(kind, maxBytes, correction);
    const output = { kind, quality: found.quality, scale: found.scale };
    if (last && isSame(last.settings, output)) break;
    await work.encode([output]);
    last = await work.join(output);
    const { bytes } = last;
    context.log(`${last.name}: quality ${output.quality}, scale ${output.scale}: ${bytes} bytes`);
    if (!best || isBetter(last, best, maxBytes)) best = last;
    const isAsWished = output.quality === paramsOf(context).quality && output.scale === 1;
    if (bytes <= maxBytes && (isAsWished || bytes >= GOOD_SHARE * maxBytes)) break;
    if (bytes > maxBytes && !fits) break;
    correction = bytes / estimateBytes;
  }
  const made = best as MadeFile;
  if (made !== last) await work.join(made.settings);
  if (made.bytes > maxBytes) {
    context.warn(`${made.name} could not be made smaller than ${made.bytes} bytes; ${maxBytes} were asked for.`);
  }
  return made;
}

/** The largest file that is small enough, or else the smallest. */
function isBetter(file: MadeFile, other: MadeFile, maxBytes: number): boolean {
  if (file.bytes <= maxBytes && other.bytes <= maxBytes) return file.bytes > other.bytes;
  return file.bytes < other.bytes;
}

function isSame(a: OutputSettings, b: OutputSettings): boolean {
  return a.quality === b.quality && a.scale === b.scale;
}

class EncodeWork {
  readonly #context: JobContext;
  readonly #state: AnimateState;
  readonly #writes: Promise<void>[] = [];
  #left: Promise<Set<string>> | undefined;
  #checkpoints = 0;
  #from = 0;
  #size = 1;

  constructor(context: JobContext, state: AnimateState) {
    this.#context = context;
    this.#state = state;
  }

  /** From now on progress is that of share `index` of `count`. */
  share(index: number, count: number): void {
    this.#from = index / count;
    this.#size = 1 / count;
  }

  fit(output: OutputKind, maxBytes: number, correction: number) {
    return known(this.#state).session.request({ kind: "fit", output, maxBytes, correction }, {});
  }

  /** Encodes outputs of the same scale in one pass, but for what an earlier attempt has left. */
  async encode(outputs: readonly OutputSettings[]): Promise<void> {
    const { session, read } = known(this.#state);
    let resumed = 0;
    for (const output of outputs) resumed += await this.#takeCheckpoints(output);
    const resumedFrames = Math.round(resumed / outputs.length);
    this.#state.resumedParts = Math.min(Math.max(this.#state.resumedParts, resumedFrames), read.frames);
    if (resumed > 0) this.#context.log(`${resumedFrames} frames were encoded by an earlier attempt`);
    await session.request(
      { kind: "encode", outputs },
      {
        onProgress: (fraction) => this.#context.progress(this.#from + this.#size * (fraction ?? 0)),
        onEvent: ({ part }) => this.#keep(part as { name: string; path: string }),
      },
    );
  }

  async join(output: OutputSettings): Promise<MadeFile> {
    const name = FILE_NAMES[output.kind];
    const path = join(this.#context.outDir, name);
    await rm(path, { force: true });
    const { bytes } = await known(this.#state).session.request({ kind: "join", output, path }, {});
    return { name, path, settings: output, bytes };
  }

  /** Resolves when all checkpoints are written. */
  async settle(): Promise<void> {
    await Promise.all(this.#writes);
  }

  #keep({ name, path }: { name: string; path: string }): void {
    if (this.#checkpoints >= MAX_PART_CHECKPOINTS) return;
    this.#checkpoints++;
    const write = this.#context.checkpoints.write(name, path);
    write.catch(() => {}); // `settle` tells
    this.#writes.push(write);
  }

  /** Puts the parts that an earlier attempt left where they belong. Returns how many frames they hold. */
  async #takeCheckpoints(output: OutputSettings): Promise<number> {
    const { checkpoints } = this.#context;
    this.#left ??= checkpoints.names().then((names) => new Set(names));
    const left = await this.#left;
    const { dir, parts } = await known(this.#state).session.request({ kind: "parts", output }, {});
    let resumed = 0;
    for (const { name, frames } of parts) {
      if (!left.has(name)) continue;
      this.#checkpoints++;
      if (await checkpoints.read(name, join(dir, name))) resumed += frames;
    }
    return resumed;
  }
}
