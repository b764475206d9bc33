/** What the runner asks of the solid engine's child, and what it answers. Paths are absolute. */
import type { BuildParams } from "./build-params.ts";
import type { CheckRequest } from "./check/check-files.ts";

export type SolidRequest =
  | { readonly kind: "read-svg" | "read-bitmap"; readonly inputPath: string; readonly drawingPath: string }
  | {
      readonly kind: "layout-text";
      readonly params: object;
      readonly fontPath: string | null;
      readonly drawingPath: string;
    }
  | { readonly kind: "build"; readonly drawingPath: string; readonly params: BuildParams; readonly meshPath: string }
  | ({ readonly kind: "check" } & CheckRequest);

/** What a drawing holds. */
export interface DrawingSummary {
  readonly colors: readonly string[];
  readonly warnings: readonly string[];
}

/** What was built. */
export interface SolidSummary {
  /** Width, height and depth of the body. */
  readonly sizeMm: readonly [number, number, number];
  readonly volumeMm3: number;
  readonly bodyTriangles: number;
  readonly partTriangles: number;
  /** `#rrggbb` of each part, base plate first. */
  readonly colors: readonly string[];
  readonly warnings: readonly string[];
}
