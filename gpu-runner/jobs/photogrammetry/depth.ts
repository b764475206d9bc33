/**
 * Step `depth`: a depth map of every view, then all of them fused into points. Views don't need each other for their maps, so
 * that they are shared by as many children as there are processors, and by other runners; each is a checkpoint of its own.
 */
import { join } from "node:path";
import type { EngineRun } from "../../engines/engine.ts";
import type { JobContext, Part, PartMaker, Step } from "../job.ts";
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
  const { quality } = paramsOf(context);
  const engine = context.engines.photogrammetry;
  const { photos } = await ask(context, "plan-depth", { quality }, quiet(context));
  context.report({ provider: engine.cuda ? "CUDA" : "CPU" });
  // Who assists makes them as the other one does, whatever this machine has.
  if (engine.cuda && !context.assists) {
    await ask(context, "depth-cuda", { quality }, partOf(context, UNDISTORTED, MEASURED));
    return;
  }
  await sceneFolder(context, "depth");
  const views = photos.map((photo) => ({ photo, name: depthName(key, photo), path: depthPath(context, photo) }));
  const { resumed, byOthers } = await context.makeParts({
    parts: views,
    atOnce: engine.processors,
    // Masks, matches and cameras are checkpoints.
    repeats: ["read", "check"],
    open: (index) => (index === 0 ? inOwnChild(context) : inAnother(context)),
    onDone: (done) => context.progress(UNDISTORTED + (MEASURED - UNDISTORTED) * (done / photos.length)),
  });
  if (resumed.length > 0) {
    context.log(`${resumed.length} depth maps were made by an earlier attempt`);
    context.report({ resumedDepthMaps: resumed.length });
  }
  if (byOthers.length > 0) {
    context.log(`${byOthers.length} depth maps were made by other runners`);
    context.report({ depthMapsByOthers: byOthers.length });
  }
}

interface View extends Part {
  readonly photo: number;
}

const quiet = (context: JobContext): EngineRun => ({ ...context.run, onProgress: () => {} });

async function inOwnChild(context: JobContext): Promise<PartMaker<View>> {
  const { quality, seed } = paramsOf(context);
  return {
    make: async ({ photo }) => void (await ask(context, "depth", { photo, quality, seed }, quiet(context))),
    close: async () => {},
  };
}

/** In a child beside the attempt's own. */
async function inAnother(context: JobContext): Promise<PartMaker<View>> {
  const { quality, seed } = paramsOf(context);
  const session = await context.engines.photogrammetry.open(quiet(context));
  const request = { kind: "depth", sceneDir: sceneDir(context), quality, seed } as const;
  return {
    make: async ({ photo }) => void (await session.request({ ...request, photo })),
    close: () => session.close(),
  };
}

const fileName = (photo: number): string => `${String(photo).padStart(6, "0")}.npz`;
const depthName = (key: string, photo: number): string => `depth-${key}-${fileName(photo)}`;
const depthPath = (context: JobContext, photo: number): string => join(sceneDir(context), "depth", fileName(photo));
