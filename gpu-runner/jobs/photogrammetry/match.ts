/** Step `match`: which points of which photos are the same. */
import type { Step } from "../job.ts";
import { ask, paramsOf, type SceneState } from "./scene-state.ts";
import { makeKey, resume } from "./stage-checkpoint.ts";

export const matchStep: Step<SceneState> = {
  stage: "match",
  async run(context, state) {
    const { until, matching, seed } = paramsOf(context);
    if (until === "check") return;
    state.key = makeKey(state.key, matching, seed);
    const { pairs, verifiedPairs, versions } = await resume(context, {
      name: "matches",
      key: state.key,
      files: ["sfm/database.db"],
      make: () => ask(context, "match", { matching, seed }),
    });
    for (const [tool, version] of Object.entries(versions)) context.version(tool, version);
    context.log(`${pairs} pairs of photos were compared, ${verifiedPairs} of them show the same things`);
  },
};
