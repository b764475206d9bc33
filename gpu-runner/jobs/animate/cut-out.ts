/**
 * Step `cut-out`: a mask for every frame, chunk after chunk. The next chunk is decoded while the model looks at this one.
 * Masks of a chunk are kept as a checkpoint as soon as they are there.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { JobContext, Step } from "../job.ts";
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

async function makeMasks(context: JobContext, state: AnimateState): Promise<void> {
  const { session, read } = known(state);
  const { counts } = read.masks;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const missing = await takeCheckpoints(context, state);
  let done = total - missing.reduce((sum, chunk) => sum + (counts[chunk] as number), 0);
  const write = async (chunk: number) => {
    const framesPath = join(context.workDir, `frames-${chunk}.rgb`);
    const request = { kind: "mask-frames", chunk, framesPath } as const;
    return { framesPath, ...(await session.request(request, {})) };
  };
  let next = missing.length > 0 ? write(missing[0] as number) : undefined;
  for (const [i, chunk] of missing.entries()) {
    context.signal.throwIfAborted();
    const { framesPath, width, height, count } = await (next as ReturnType<typeof write>);
    const following = missing[i + 1];
    next = following === undefined ? undefined : write(following);
    next?.catch(() => {}); // awaited in the next round, unless this one fails
    const masksPath = join(context.workDir, `masks-${chunk}.gray`);
    const { model } = paramsOf(context);
    const { version, provider } = await context.engines.rembg.maskFrames(
      { model, framesPath, masksPath, width, height, count },
      {
        ...context.run,
        onProgress: (fraction) => context.progress(fraction === null ? null : (done + fraction * count) / total),
      },
    );
    context.version("rembg", version);
    context.report({ model, provider });
    await rm(framesPath, { force: true });
    const path = join(context.workDir, maskName(chunk));
    await session.request({ kind: "keep-masks", chunk, rawPath: masksPath, path }, {});
    await rm(masksPath, { force: true });
    await context.checkpoints.write(maskName(chunk), path);
    done += count;
    context.progress(done / total);
  }
  // The encoders that come next need much memory themselves.
  if (missing.length > 0) await context.engines.rembg.rest(paramsOf(context).model, context.run);
}

/** Takes the masks that an earlier attempt left. Returns the chunks that are still to be done. */
async function takeCheckpoints(context: JobContext, state: AnimateState): Promise<number[]> {
  const { session, read } = known(state);
  const names = new Set(await context.checkpoints.names());
  const missing: number[] = [];
  for (const [chunk, count] of read.masks.counts.entries()) {
    const path = join(context.workDir, maskName(chunk));
    const isThere = names.has(maskName(chunk)) && (await context.checkpoints.read(maskName(chunk), path));
    const isKept = isThere && (await session.request({ kind: "keep-masks", chunk, rawPath: null, path }, {})).kept;
    if (isKept) state.resumedMasks += count;
    else missing.push(chunk);
  }
  if (state.resumedMasks > 0) context.log(`${state.resumedMasks} frames were cut out by an earlier attempt`);
  return missing;
}

/** The number is raised whenever a mask of the same frame would look different or be packed in another way. */
const MASKS_VERSION = 1;

function maskName(chunk: number): string {
  return `v${MASKS_VERSION}-masks-${String(chunk + 1).padStart(4, "0")}.part`;
}
