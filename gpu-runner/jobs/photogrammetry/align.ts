/** Step `align`: where each photo was taken from. Cameras that can't be trusted are left out, and a set of such is refused. */
import type { Step } from "../job.ts";
import { ask, paramsOf, type SceneState } from "./scene-state.ts";
import { makeKey, resume } from "./stage-checkpoint.ts";

export const alignStep: Step<SceneState> = {
  stage: "align",
  async run(context, state) {
    const { until, mapper, scale, markerMm, seed } = paramsOf(context);
    if (until === "check") return;
    state.key = makeKey(state.key, mapper, scale, scale === "marker" ? markerMm : null);
    const answer = await resume(context, {
      name: "cameras",
      key: state.key,
      files: ["poses", "poses.json", "scale.json"],
      make: () => ask(context, "align", { mapper, scale, markerMm, seed }),
    });
    answer.warnings.forEach(context.warn);
    state.dropped.push(...answer.dropped);
    const { registered, reprojectionErrorPx, meanTrackLength, points } = answer;
    context.report({
      registered,
      dropped: state.dropped,
      reprojectionErrorPx,
      meanTrackLength,
      points,
      mapper: answer.mapper,
    });
    context.log(`${registered} photos have a camera, ${points} points, ${reprojectionErrorPx.toFixed(2)} px off`);
  },
};
