/**
 * Step `depth`: a depth map of every view, then all of them fused into points. Views don't need each other for their maps, so
 * that they are shared by as many children as there are processors, and each is a checkpoint of its own.
 */
import { join } from "node:path";
import type { EngineRun } from "../../engines/engine.ts";
import { type JobContext, NO_CHECKPOINTS, type Step } from "../job.ts";
import { ask, paramsOf, partOf, type SceneState, sceneDir, sceneFolder } from "./scene-state.ts";
import { makeKey, resume } from "./stage-checkpoint.ts";

/** Shares of the stage's time. */
const UNDISTORTED = 0.03;
const MEASURED = 0.93;

export const depthStep: Step<SceneState> = {
  stage: "depth",
  async run(context, state) {
    const { until, quality, formats } = paramsOf(context);
    if (until === "check" || (until === "cameras" && !formats.includes("colmap"))) return;
    await ask(context, "undistort", { quality }, partOf(context, 0, UNDISTORTED));
    if (until === "cameras") return;
    state.key = makeKey(state.key, quality);
    const { points, dropped, warnings } = await resume(context, {
      name: "points",
      key: state.key,
      files: ["points.npz", "fuse.json", "fused"],
      make: async () => {
        await measure(context, state.key);
        return ask(context, "fuse", { quality }, partOf(context, MEASURED, 1));
      },
    });
    warnings.forEach(context.warn);
    state.dropped.push(...dropped);
    context.report({ densePoints: points, dropped: state.dropped });
    context.log(`${points} points`);
  },
};

async function measure(context: JobContext, key: string): Promise<void> {
  const { quality, seed } = paramsOf(context);
  const engine = context.engines.photogrammetry;
  const { photos } = await ask(context, "plan-depth", { quality }, quiet(context));
  context.report({ provider: engine.cuda ? "CUDA" : "CPU" });
  if (engine.cuda) {
    await ask(context, "depth-cuda", { quality }, partOf(context, UNDISTORTED, MEASURED));
    return;
  }
  await sceneFolder(context, "depth");
  const missing = await takeCheckpoints(context, key, photos);
  let done = photos.length - missing.length;
  const onDone = () => {
    done++;
    context.progress(UNDISTORTED + (MEASURED - UNDISTORTED) * (done / photos.length));
  };
  const others = Math.min(engine.processors, missing.length) - 1;
  // Each takes the next view that nobody has begun.
  const queue = missing[Symbol.iterator]();
  const measureOne = (photo: number) => ask(context, "depth", { photo, quality, seed }, quiet(context));
  await Promise.all([
    measureNext(context, key, queue, measureOne, onDone),
    ...Array.from({ length: others }, () => measureInAnother(context, key, queue, onDone)),
  ]);
}

const quiet = (context: JobContext): EngineRun => ({ ...context.run, onProgress: () => {} });

/** In a child beside the attempt's own. */
async function measureInAnother(
  context: JobContext,
  key: string,
  queue: Iterator<number>,
  onDone: () => void,
): Promise<void> {
  const { quality, seed } = paramsOf(context);
  const session = await context.engines.photogrammetry.open(quiet(context));
  const request = { kind: "depth", sceneDir: sceneDir(context), quality, seed } as const;
  try {
    await measureNext(context, key, queue, (photo) => session.request({ ...request, photo }), onDone);
  } finally {
    await session.close();
  }
}

async function measureNext(
  context: JobContext,
  key: string,
  queue: Iterator<number>,
  measureOne: (photo: number) => Promise<unknown>,
  onDone: () => void,
): Promise<void> {
  for (let next = queue.next(); !next.done; next = queue.next()) {
    context.signal.throwIfAborted();
    await measureOne(next.value);
    await context.checkpoints.write(depthName(key, next.value), depthPath(context, next.value));
    onDone();
  }
}

/** Takes the maps that an earlier attempt left. Returns the views that are still to be done. */
async function takeCheckpoints(context: JobContext, key: string, photos: readonly number[]): Promise<number[]> {
  if (context.checkpoints === NO_CHECKPOINTS) return [...photos];
  const missing: number[] = [];
  for (const photo of photos) {
    if (!(await context.checkpoints.read(depthName(key, photo), depthPath(context, photo)))) missing.push(photo);
  }
  const resumed = photos.length - missing.length;
  if (resumed > 0) {
    context.log(`${resumed} depth maps were made by an earlier attempt`);
    context.report({ resumedDepthMaps: resumed });
  }
  return missing;
}

const fileName = (photo: number): string => `${String(photo).padStart(6, "0")}.npz`;
const depthName = (key: string, photo: number): string => `depth-${key}-${fileName(photo)}`;
const depthPath = (context: JobContext, photo: number): string => join(sceneDir(context), "depth", fileName(photo));
