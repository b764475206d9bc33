/** What a report says that is not in the scene folder: how the job was asked for and how it went. */
import type { PhotogrammetryParams } from "#contract/job-types/photogrammetry.ts";

export interface ReportFacts {
  /** Of the job type. */
  readonly typeVersion: number;
  readonly params: PhotogrammetryParams;
  /** By stages, in their order; those that were skipped are left out. */
  readonly timings: readonly { readonly stage: string; readonly seconds: number }[];
  /** By tools. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the user was warned of. */
  readonly warnings: readonly string[];
  /** The model's preview, where there is one. */
  readonly previewPath?: string | undefined;
}
