/** Step `mesh`: a surface through the points. */
import { join } from "node:path";
import { type JobContext, JobFailure, type Step } from "../job.ts";
import { ask, paramsOf, partOf, type SceneState, sceneDir, sceneFolder } from "./scene-state.ts";
import { makeKey, resume } from "./stage-checkpoint.ts";

export const meshStep: Step<SceneState> = {
  stage: "mesh",
  async run(context, state) {
    const { until, quality, holes, lods, scale, seed, surface, ...params } = paramsOf(context);
    if (until !== "model") return;
    const faces = params.faces ?? null;
    const sizeMm = scale === "size" ? (params.sizeMm ?? null) : null;
    const regionOfInterest = params.regionOfInterest ?? null;
    if (scale === "size" && sizeMm === null) {
      context.warn("The longest side is not given, so that the size is unknown. Set sizeMm.");
    }
    state.key = makeKey(state.key, surface, holes, faces, lods, sizeMm, regionOfInterest);
    const { triangles, watertight, sizeM, scaleSource, warnings } = await resume(context, {
      name: "mesh",
      key: state.key,
      files: ["mesh.npz", "mesh.json", "frame.json"],
      make: async () => {
        const surfacePath = surface === "openmvs" ? await reconstruct(context) : null;
        return ask(context, "mesh", { quality, holes, faces, lods, sizeMm, regionOfInterest, surfacePath, seed });
      },
    });
    warnings.forEach(context.warn);
    context.report({ triangles, watertight, sizeM, scaleSource });
    context.log(`${triangles} triangles`);
  },
};

/** How often OpenMVS halves the photos before it measures depth. */
const HALVINGS = { preview: 3, standard: 2, high: 1, raw: 0 } as const;
/** Share of the stage that OpenMVS takes. */
const RECONSTRUCTED = 0.9;

/** A surface by OpenMVS, from the same photos and cameras. */
async function reconstruct(context: JobContext): Promise<string> {
  const { openmvs, photogrammetry } = context.engines;
  const probe = await openmvs.probe();
  if (!probe.ok) {
    throw new JobFailure("engine_missing", `This runner has no ${probe.missing}. Choose "poisson", or ${probe.fix}.`);
  }
  context.version("openmvs", probe.version);
  const request = {
    undistortedDir: join(sceneDir(context), "undistorted"),
    scratchDir: await sceneFolder(context, "openmvs"),
    resolutionLevel: HALVINGS[paramsOf(context).quality],
    threads: photogrammetry.processors,
  };
  return openmvs.reconstruct(request, partOf(context, 0, RECONSTRUCTED));
}
