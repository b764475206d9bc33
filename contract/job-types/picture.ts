/** What the picture job types share: the formats they read, and the parameters of background removal. */
import { z } from "zod";
import { CUTOUT_MODELS } from "./cutout-models.ts";

/** Still pictures that can be read; of an animated one the first frame is used. */
export const PICTURE_TYPES = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/tiff", "image/bmp"] as const;
export const PICTURE_EXTENSIONS = [".png", ".jpg", ".jpeg", ".webp", ".gif", ".tif", ".tiff", ".bmp"] as const;

/** Which model finds the subject; each carries its licence. */
export const modelSchema = z
  .enum(CUTOUT_MODELS.map(({ name }) => name) as [string, ...string[]])
  .default("u2netp")
  .meta({
    title: "Model",
    description: "What finds the subject. u2netp is built in; the others are fetched at their first use",
    choices: Object.fromEntries(
      CUTOUT_MODELS.map(({ name, title, licence, commercial }) => [
        name,
        { title, note: commercial ? licence : `${licence}: not for commercial use` },
      ]),
    ),
  });
