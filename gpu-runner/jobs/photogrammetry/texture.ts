/** Step `texture`: the photos' colours on the surface. */
import { MAX_LODS } from "#contract/limits.ts";
import type { Step } from "../job.ts";
import { ask, paramsOf, type SceneState } from "./scene-state.ts";
import { makeKey, resume } from "./stage-checkpoint.ts";

const LOD_TEXTURES = Array.from({ length: MAX_LODS }, (_, index) => `texture-lod${index + 1}.png`);

export const textureStep: Step<SceneState> = {
  stage: "texture",
  async run(context, state) {
    const { until, quality, seed, ...params } = paramsOf(context);
    if (until !== "model") return;
    state.key = makeKey(state.key, params.texturePx ?? null);
    const { texturePx, charts, seenShare } = await resume(context, {
      name: "texture",
      key: state.key,
      files: ["textured.npz", "texture.png", "texture.json", ...LOD_TEXTURES],
      make: () => ask(context, "texture", { quality, texturePx: params.texturePx ?? null, seed }),
    });
    context.report({ texturePx, charts, seenShare });
  },
};
