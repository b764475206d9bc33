/**
 * Step `cut-out`: a mask for every frame, chunk after chunk. The next chunk is decoded while the model looks at this one.
 * Masks of a chunk are kept as a checkpoint as soon as they are there, and runners may share the chunks.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobContext, Part, Step } from "../job.ts";
import { type AnimateState, known, paramsOf } from "./animate-state.ts";

export const cutOutStep: Step<AnimateState> = {
  stage: "cut-out",
  async run(context, state) {
    const { session } = known(state);
    if (paramsOf(context).removeBackground) await makeMasks(context, state);
    const { width, height, warnings } = await session.request({ kind: "settle" });
    warnings.forEach(context.warn);
    context.report({ width, height });
  },
};

interface Chunk extends Part {
  readonly chunk: number;
  /** How many frames it has. */
  readonly count: number;
}

async function makeMasks(context: JobContext, state: AnimateState): Promise<void> {
  const { session, read } = known(state);
  const parts = read.masks.counts.map((count, chunk): Chunk => {
    const name = maskName(chunk);
    return { chunk, count, name, path: join(context.workDir, name) };
  });
  const model = new MaskModel(context, state, framesOf(parts));
  const { resumed, byOthers } = await context.makeParts({
    parts,
    // While the model looks at one chunk, the next one is decoded.
    atOnce: 2,
    repeats: ["read"],
    open: async () => ({ make: (chunk) => model.mask(chunk), close: async () => {} }),
    accept: async (chunk) => {
      const { path } = chunk;
      const { kept } = await session.request({ kind: "keep-masks", chunk: chunk.chunk, rawPath: null, path }, {});
      if (kept) model.passOver(chunk);
      return kept;
    },
  });
  state.resumedMasks = framesOf(resumed);
  if (resumed.length > 0) context.log(`${framesOf(resumed)} frames were cut out by an earlier attempt`);
  if (byOthers.length > 0) {
    context.log(`${framesOf(byOthers)} frames were cut out by other runners`);
    context.report({ framesByOthers: framesOf(byOthers) });
  }
  // The encoders that come next need much memory themselves.
  if (model.wasUsed) await context.engines.rembg.rest(paramsOf(context).model, context.run);
}

const framesOf = (chunks: readonly Chunk[]): number => chunks.reduce((sum, { count }) => sum + count, 0);

/** Makes the masks of chunks; the model sees one at a time. */
class MaskModel {
  wasUsed = false;
  readonly #context: JobContext;
  readonly #state: AnimateState;
  readonly #total: number;
  #done = 0;
  #turn: Promise<unknown> = Promise.resolve();

  /** `total` is how many frames there are. */
  constructor(context: JobContext, state: AnimateState, total: number) {
    this.#context = context;
    this.#state = state;
    this.#total = total;
  }

  /** The masks of these frames are there. */
  passOver({ count }: Chunk): void {
    this.#done += count;
    this.#context.progress(this.#done / this.#total);
  }

  /** Writes the masks of a chunk. */
  async mask(part: Chunk): Promise<void> {
    const { session } = known(this.#state);
    const { chunk } = part;
    const framesPath = join(this.#context.workDir, `frames-${chunk}.rgb`);
    const { width, height, count } = await session.request({ kind: "mask-frames", chunk, framesPath }, {});
    const frames = { framesPath, width, height, count };
    const masked = this.#turn.then(() => this.#look(part, frames));
    this.#turn = masked.catch(() => {}); // whoever asked for it is told
    await masked;
  }

  async #look(
    part: Chunk,
    frames: { framesPath: string; width: number; height: number; count: number },
  ): Promise<void> {
    const context = this.#context;
    context.signal.throwIfAborted();
    this.wasUsed = true;
    const { chunk, path } = part;
    const masksPath = join(context.workDir, `masks-${chunk}.gray`);
    const { model } = paramsOf(context);
    const share = (fraction: number) => (this.#done + fraction * frames.count) / this.#total;
    const { version, provider } = await context.engines.rembg.maskFrames(
      { model, masksPath, ...frames },
      { ...context.run, onProgress: (fraction) => context.progress(fraction === null ? null : share(fraction)) },
    );
    context.version("rembg", version);
    context.report({ model, provider });
    await rm(frames.framesPath, { force: true });
    await known(this.#state).session.request({ kind: "keep-masks", chunk, rawPath: masksPath, path }, {});
    await rm(masksPath, { force: true });
    this.passOver(part);
  }
}

/** The number is raised whenever a mask of the same frame would look different or be packed in another way. */
const MASKS_VERSION = 1;

function maskName(chunk: number): string {
  return `v${MASKS_VERSION}-masks-${String(chunk + 1).padStart(4, "0")}.part`;
}
