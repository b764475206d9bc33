/** Ids of jobs and batches as words of a command line. */
import { batchIdSchema } from "#contract/batch.ts";
import { jobIdSchema } from "#contract/job.ts";
import { UsageError } from "../exit-codes.ts";

export const isBatchId = (word: string): boolean => batchIdSchema.safeParse(word).success;

/** The id of a job. Throws a UsageError that says what one looks like. */
export function readJobId(word: string | undefined): string {
  if (word !== undefined && jobIdSchema.safeParse(word).success) return word;
  throw new UsageError(
    `${word === undefined ? "Name a job" : `"${word}" is not the id of a job`}: job_ and 26 characters. kiln jobs lists yours.`,
  );
}

/** At least one id of a job. */
export function readJobIds(words: readonly string[]): string[] {
  return words.length === 0 ? [readJobId(undefined)] : words.map(readJobId);
}
