/** `photogrammetry`: photos are looked at, cameras placed and doubted, depth measured, the surface built and painted. */
import { photogrammetry } from "#contract/job-types/photogrammetry.ts";
import type { Recipe } from "../job.ts";
import { alignStep } from "./align.ts";
import { checkStep } from "./check.ts";
import { depthStep } from "./depth.ts";
import { exportStep } from "./export.ts";
import { maskStep } from "./mask.ts";
import { matchStep } from "./match.ts";
import { meshStep } from "./mesh.ts";
import { readStep } from "./read.ts";
import { createSceneState, type SceneState } from "./scene-state.ts";
import { textureStep } from "./texture.ts";

export const photogrammetryRecipe: Recipe<SceneState> = {
  type: photogrammetry,
  engines: ["photogrammetry", "picture", "preview", "rembg", "solid"],
  createState: createSceneState,
  steps: [readStep, checkStep, maskStep, matchStep, alignStep, depthStep, meshStep, textureStep, exportStep],
  idleEngines: ({ until, mask }) => [
    ...(mask === "subject" ? [] : ["rembg" as const]),
    ...(until === "model" ? [] : ["preview" as const, "solid" as const]),
  ],
  idleStages: ({ until, mask }) => [
    ...(mask === "subject" ? [] : ["mask"]),
    ...(until === "model" ? [] : ["depth", "mesh", "texture"]),
    ...(until === "check" ? ["mask", "match", "align"] : []),
  ],
};
