/** All job types by name, and their public description. */
import { z } from "zod";
import { MAX_UPLOAD_BYTES } from "../limits.ts";
import type { JobTypeInfo } from "../public-api.ts";
import { animate } from "./animate.ts";
import { echo } from "./echo.ts";
import { imageToSvg } from "./image-to-svg.ts";
import type { JobTypeDefinition } from "./job-type.ts";
import { logoTo3d } from "./logo-to-3d.ts";
import { photogrammetry } from "./photogrammetry.ts";
import { removeBackground } from "./remove-background.ts";
import { textTo3d } from "./text-to-3d.ts";

/** In the order the site shows them. */
export const JOB_TYPES: readonly JobTypeDefinition[] = [
  logoTo3d,
  textTo3d,
  imageToSvg,
  removeBackground,
  animate,
  photogrammetry,
  echo,
];

const byName = new Map(JOB_TYPES.map((type) => [type.name, type]));

/** The job type of that name, or undefined. */
export function findJobType(name: string): JobTypeDefinition | undefined {
  return byName.get(name);
}

/** A job type as `GET /v1/job-types` shows it, where files of up to `maxUploadBytes` can be uploaded. */
export function describeJobType(type: JobTypeDefinition, maxUploadBytes = MAX_UPLOAD_BYTES): JobTypeInfo {
  return {
    name: type.name,
    version: type.version,
    title: type.title,
    description: type.description,
    paramsSchema: z.toJSONSchema(type.params, { io: "input" }) as Record<string, unknown>,
    inputs: {
      ...type.inputs,
      maxBytes: Math.min(type.inputs.maxBytes, maxUploadBytes),
      accept: [...type.inputs.accept],
      extensions: [...type.inputs.extensions],
      roles: (type.inputs.roles ?? []).map((role) => ({
        ...role,
        accept: [...role.accept],
        extensions: [...role.extensions],
      })),
    },
    presets: type.presets.map((preset) => ({ ...preset, params: { ...preset.params } })),
    stages: type.stages.map(({ name, title }) => ({ name, title })),
    outputs: type.outputs.map((output) => ({ ...output })),
    timeoutS: type.timeoutS,
  };
}
