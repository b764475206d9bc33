/** What the steps of a solid hand to each other. The recipe's own first step fills in `drawingPath` and `build`. */
import type { BuildParams } from "../../engines/solid/build-params.ts";
import type { CheckFacts } from "../../engines/solid/check/check-files.ts";
import type { SolidSummary } from "../../engines/solid/solid-request.ts";

export interface SolidState {
  drawingPath: string;
  build: BuildParams;
  meshPath: string;
  summary: SolidSummary;
  /** Where the GLB is; among the outputs only if it was asked for. */
  glbPath: string;
  /** The preview, being drawn while the other files are written. */
  preview: Promise<string>;
  /** The checks of the files, running beside the preview. */
  checks: Promise<CheckFacts>;
}

/** An empty state: reading what no step has set yet is a fault of the recipe and throws. */
export function createSolidState(): SolidState {
  return new Proxy({} as SolidState, {
    get(target, key) {
      if (!(key in target)) throw new Error(`no step has set ${String(key)}`);
      return Reflect.get(target, key);
    },
  });
}
