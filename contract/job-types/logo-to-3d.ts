/** `logo-to-3d`: an SVG, or a PNG or JPG that is traced first, becomes a solid. */
import { z } from "zod";
import { MAX_UPLOAD_BYTES } from "../limits.ts";
import type { JobTypeDefinition } from "./job-type.ts";
import { colorSchema, SOLID_OUTPUTS, SOLID_STAGES, solidParams } from "./solid.ts";

export const logoTo3dParamsSchema = z
  .object({
    widthMm: z
      .number()
      .min(1)
      .max(2_000)
      .default(80)
      .meta({ title: "Width", description: "Exact finished width, base plate included", unit: "mm" }),
    ...solidParams,
    layering: z.enum(["flat", "stacked"]).default("flat").meta({
      title: "Layering",
      description: "Flat: all colours at one height. Stacked: each colour stands a step above the one below",
    }),
    color: colorSchema.optional().meta({
      title: "Colour",
      description: "Paints everything in one colour instead of the logo's own",
      format: "color",
      whenAbsent: "The logo's own colours",
    }),
  })
  .strict();
export type LogoTo3dParams = z.infer<typeof logoTo3dParamsSchema>;

export const logoTo3d: JobTypeDefinition = {
  name: "logo-to-3d",
  version: 1,
  title: "Logo to 3D",
  description:
    "Turns an SVG, PNG or JPG logo into a solid 3D model with its colours, ready to view, print or place in AR.",
  pool: "cpu",
  params: logoTo3dParamsSchema,
  presets: [
    {
      name: "keychain",
      title: "Key tag",
      description: "4 cm wide, on a plate that follows its outline, to be printed",
      params: {
        widthMm: 40,
        depthMm: 1.5,
        basePlate: "outline",
        basePlateDepthMm: 2,
        basePlateMarginMm: 2.5,
        formats: ["stl", "glb"],
      },
    },
    {
      name: "sign",
      title: "Sign",
      description: "30 cm wide, raised on a rounded plate",
      params: {
        widthMm: 300,
        depthMm: 10,
        bevelMm: 1,
        basePlate: "rounded",
        basePlateDepthMm: 5,
        basePlateMarginMm: 15,
      },
    },
    {
      name: "web",
      title: "For the web",
      description: "Thick and rounded, to be looked at from all sides: GLB, and USDZ for iPhones",
      params: { depthMm: 10, bevelMm: 1.5, bevelSegments: 6, formats: ["glb", "usdz"] },
    },
    {
      name: "multicolour-print",
      title: "Print in colours",
      description: "Each colour a step above the one below, so that a printer changes filament by height",
      params: {
        depthMm: 0.8,
        layering: "stacked",
        basePlate: "rounded",
        basePlateDepthMm: 1.6,
        material: "matte",
        formats: ["stl", "glb"],
      },
    },
  ],
  inputs: {
    min: 1,
    max: 1,
    label: "Logo",
    accept: ["image/svg+xml", "image/png", "image/jpeg"],
    extensions: [".svg", ".png", ".jpg", ".jpeg"],
    maxBytes: MAX_UPLOAD_BYTES,
  },
  stages: [{ name: "read", title: "Reading the logo", weight: 10 }, ...SOLID_STAGES],
  outputs: SOLID_OUTPUTS,
  timeoutS: 300,
};
