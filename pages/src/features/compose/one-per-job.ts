/** Job types that are made of one file: several files become a batch, a job for each. Pure. */
import type { JobTypeInfo } from "#contract/public-api.ts";

/** So many can be told apart on one page; a batch may be larger, see the CLI. */
export const MAX_BATCH_FILES = 200;

/** Whether a job of the type takes exactly one file. */
export const isOnePerJob = ({ min, max }: Pick<JobTypeInfo["inputs"], "min" | "max">): boolean =>
  min === 1 && max === 1;
