/** The parameters of every job type by its name, as types only: what a client is told while it is written. */
import type { z } from "zod";
import type { animateParamsSchema } from "./animate.ts";
import type { echoParamsSchema } from "./echo.ts";
import type { imageToSvgParamsSchema } from "./image-to-svg.ts";
import type { logoTo3dParamsSchema } from "./logo-to-3d.ts";
import type { photogrammetryParamsSchema } from "./photogrammetry.ts";
import type { removeBackgroundParamsSchema } from "./remove-background.ts";
import type { textTo3dParamsSchema } from "./text-to-3d.ts";

/** As they are sent: what has a default may be left out. */
export interface JobTypeParams {
  readonly "logo-to-3d": z.input<typeof logoTo3dParamsSchema>;
  readonly "text-to-3d": z.input<typeof textTo3dParamsSchema>;
  readonly "image-to-svg": z.input<typeof imageToSvgParamsSchema>;
  readonly "remove-background": z.input<typeof removeBackgroundParamsSchema>;
  readonly animate: z.input<typeof animateParamsSchema>;
  readonly photogrammetry: z.input<typeof photogrammetryParamsSchema>;
  readonly echo: z.input<typeof echoParamsSchema>;
}
export type JobTypeName = keyof JobTypeParams;
