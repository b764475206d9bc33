/** Step `mesh`: a surface through the points. */
import type { Step } from "../job.ts";
import { ask, paramsOf, type SceneState } from "./scene-state.ts";
import { makeKey, resume } from "./stage-checkpoint.ts";

export const meshStep: Step<SceneState> = {
  stage: "mesh",
  async run(context, state) {
    const { until, quality, holes, lods, scale, seed, ...params } = paramsOf(context);
    if (until !== "model") return;
    const faces = params.faces ?? null;
    const sizeMm = scale === "size" ? (params.sizeMm ?? null) : null;
    const regionOfInterest = params.regionOfInterest ?? null;
    if (scale === "size" && sizeMm === null) {
      context.warn("The longest side is not given, so that the size is unknown. Set sizeMm.");
    }
    state.key = makeKey(state.key, holes, faces, lods, sizeMm, regionOfInterest);
    const { triangles, watertight, sizeM, scaleSource, warnings } = await resume(context, {
      name: "mesh",
      key: state.key,
      files: ["mesh.npz", "mesh.json", "frame.json"],
      make: () => ask(context, "mesh", { quality, holes, faces, lods, sizeMm, regionOfInterest, seed }),
    });
    warnings.forEach(context.warn);
    context.report({ triangles, watertight, sizeM, scaleSource });
    context.log(`${triangles} triangles`);
  },
};
