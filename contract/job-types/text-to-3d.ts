/** `text-to-3d`: a text in a bundled or uploaded font becomes a solid. */
import { z } from "zod";
import { MAX_FONT_BYTES, MAX_TEXT_CHARS } from "../limits.ts";
import type { JobTypeDefinition } from "./job-type.ts";
import { colorSchema, SOLID_OUTPUTS, SOLID_STAGES, solidParams } from "./solid.ts";

/** Fonts every runner has; an uploaded TTF or OTF takes their place. */
export const BUNDLED_FONTS = ["sans", "serif", "mono", "display", "cjk"] as const;
export type BundledFont = (typeof BUNDLED_FONTS)[number];

export const textTo3dParamsSchema = z
  .object({
    text: z
      .string()
      .min(1)
      .max(MAX_TEXT_CHARS)
      .refine((s) => s.trim().length > 0, "holds nothing but spaces")
      .meta({ title: "Text", description: "What to write; a line break starts a new line", multiline: true }),
    font: z
      .enum(BUNDLED_FONTS)
      .default("sans")
      .meta({ title: "Font", description: "A bundled font; an uploaded TTF or OTF is used instead of it" }),
    sizeMm: z
      .number()
      .min(1)
      .max(500)
      .default(20)
      .meta({ title: "Size", description: "Font size: the height of one em", unit: "mm" }),
    ...solidParams,
    align: z.enum(["left", "center", "right"]).default("center").meta({ title: "Alignment" }),
    letterSpacing: z
      .number()
      .min(-0.5)
      .max(5)
      .default(0)
      .meta({ title: "Letter spacing", description: "Extra space between letters", unit: "em", advanced: true }),
    lineSpacing: z
      .number()
      .min(0.5)
      .max(5)
      .default(1.2)
      .meta({ title: "Line spacing", description: "Distance of the baselines", unit: "em", advanced: true }),
    curveMm: z.number().min(-5_000).max(5_000).default(0).meta({
      title: "Curve",
      description: "Radius of the arc the text stands on; negative bends it downwards, 0 is straight",
      unit: "mm",
    }),
    color: colorSchema.default("#f2622e").meta({ title: "Colour", format: "color" }),
  })
  .strict();
export type TextTo3dParams = z.infer<typeof textTo3dParamsSchema>;

export const textTo3d: JobTypeDefinition = {
  name: "text-to-3d",
  version: 1,
  title: "Text to 3D",
  description: "Turns a text into a solid 3D model, in a bundled font or your own TTF or OTF.",
  pool: "cpu",
  params: textTo3dParamsSchema,
  presets: [
    {
      name: "name-plate",
      title: "Name plate",
      description: "Raised letters on a rounded plate, to be printed",
      params: {
        sizeMm: 18,
        depthMm: 3,
        basePlate: "rounded",
        basePlateDepthMm: 2.4,
        basePlateMarginMm: 6,
        formats: ["stl", "glb"],
      },
    },
    {
      name: "keychain",
      title: "Key tag",
      description: "Small letters on a plate that follows their outline, to be printed",
      params: {
        sizeMm: 12,
        depthMm: 1.5,
        basePlate: "outline",
        basePlateDepthMm: 2,
        basePlateMarginMm: 2.5,
        formats: ["stl", "glb"],
      },
    },
    {
      name: "headline",
      title: "Headline",
      description: "Large rounded metal letters for pages and videos",
      params: {
        font: "display",
        sizeMm: 80,
        depthMm: 20,
        bevelMm: 2,
        bevelSegments: 6,
        material: "metal",
        formats: ["glb", "usdz"],
      },
    },
  ],
  inputs: {
    min: 0,
    max: 1,
    label: "Font (optional)",
    accept: ["font/ttf", "font/otf"],
    extensions: [".ttf", ".otf"],
    maxBytes: MAX_FONT_BYTES,
  },
  stages: [{ name: "layout", title: "Setting the text", weight: 10 }, ...SOLID_STAGES],
  outputs: SOLID_OUTPUTS,
  timeoutS: 300,
};
