/** The shape of a job type's definition. What a runner does for it lives in `gpu-runner/jobs/<name>/`. */
import type { z } from "zod";

/** An output a job type can write. Only these names are accepted as artifacts of the type. */
export interface OutputDefinition {
  readonly name: string;
  readonly contentType: string;
  readonly description: string;
  /** An empty file is a result too. Of any other output it is a fault of the engine. */
  readonly mayBeEmpty?: boolean;
}

export interface JobTypeDefinition {
  readonly name: string;
  /** Raised whenever the same input and params give another result. */
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** The pool its jobs are queued in. */
  readonly pool: string;
  /**
   * A strict object schema with a default for every optional parameter. Besides `title`, `description` and `unit`, its
   * metadata may hold two hints for forms: `advanced: true` (rarely changed) and `onlyIf: { other: [values] }` (without
   * effect unless the other parameter has one of these values).
   */
  readonly params: z.ZodObject;
  readonly inputs: {
    readonly min: number;
    readonly max: number;
    /** What to call an input, e.g. "Logo". */
    readonly label: string;
    /** Media types. The runner decides by content, never by the name. */
    readonly accept: readonly string[];
    readonly extensions: readonly string[];
    readonly maxBytes: number;
  };
  /** Stages in order; `weight` is the share of the time a stage usually takes and makes the job's percentage. */
  readonly stages: readonly { readonly name: string; readonly title: string; readonly weight: number }[];
  readonly outputs: readonly OutputDefinition[];
  /** Wall seconds one attempt may take unless the job's policy says otherwise. */
  readonly timeoutS: number;
}
