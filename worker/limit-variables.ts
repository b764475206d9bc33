/**
 * The variables that say how much a caller may ask for, with their defaults. 0 is no limit. Part of what `env.ts` reads.
 * Callers without a key or account are counted by their IP address, the others by account.
 */
import { z } from "zod";
import { MAX_UPLOAD_BYTES, UPLOAD_HARD_MAX_BYTES } from "#contract/limits.ts";

/** As they come from wrangler.toml. */
export interface LimitVariables {
  /** Jobs one IP address may submit in an hour without a key. Default 5. */
  readonly ANON_JOBS_PER_HOUR?: string;
  /** The same for an account, unless its key says otherwise. Default 100. */
  readonly KEY_JOBS_PER_HOUR?: string;
  /** Bytes one IP address may upload in a day without a key. Default 1 GB. */
  readonly ANON_BYTES_PER_DAY?: string;
  /** The same for an account. Default 50 GB. */
  readonly KEY_BYTES_PER_DAY?: string;
  /** Jobs of one anonymous session that are not over. Default 10. */
  readonly ANON_JOBS_IN_FLIGHT?: string;
  /** The same for an account. Default 1,000. */
  readonly KEY_JOBS_IN_FLIGHT?: string;
  /** Largest file that is uploaded without a key. Default 100 MB. */
  readonly ANON_MAX_UPLOAD_BYTES?: string;
  /** The same with a key. Default 100 MB, at most 5 GB. */
  readonly MAX_UPLOAD_BYTES?: string;
  /** `false` lets everybody call as often as they like, though the binding `SHIELD` is there. */
  readonly SHIELD_ENABLED?: string;
}

/** What one kind of caller may do. 0 is no limit, but for `uploadBytes`, which always is one. */
export interface Limits {
  readonly jobsPerHour: number;
  readonly bytesPerDay: number;
  readonly jobsInFlight: number;
  readonly uploadBytes: number;
}

/** The largest integer of a structured field (RFC 9651 §3.3.1), which is how limits are told. */
const MAX_INTEGER = 999_999_999_999_999;
const count = (byDefault: number) => z.coerce.number().int().min(0).max(MAX_INTEGER).default(byDefault);
const fileSize = z.coerce
  .number()
  .int()
  .min(0)
  .max(UPLOAD_HARD_MAX_BYTES)
  .default(MAX_UPLOAD_BYTES)
  .transform((bytes) => (bytes === 0 ? UPLOAD_HARD_MAX_BYTES : bytes));

/** How they are checked. */
export const limitVariablesShape = {
  ANON_JOBS_PER_HOUR: count(5),
  KEY_JOBS_PER_HOUR: count(100),
  ANON_BYTES_PER_DAY: count(1_000_000_000),
  KEY_BYTES_PER_DAY: count(50_000_000_000),
  ANON_JOBS_IN_FLIGHT: count(10),
  KEY_JOBS_IN_FLIGHT: count(1_000),
  ANON_MAX_UPLOAD_BYTES: fileSize,
  MAX_UPLOAD_BYTES: fileSize,
};

const checkedSchema = z.object(limitVariablesShape);

/** The limits of callers without and with a key. */
export function toLimits(checked: z.output<typeof checkedSchema>): Record<"anonymous" | "key", Limits> {
  return {
    anonymous: {
      jobsPerHour: checked.ANON_JOBS_PER_HOUR,
      bytesPerDay: checked.ANON_BYTES_PER_DAY,
      jobsInFlight: checked.ANON_JOBS_IN_FLIGHT,
      uploadBytes: checked.ANON_MAX_UPLOAD_BYTES,
    },
    key: {
      jobsPerHour: checked.KEY_JOBS_PER_HOUR,
      bytesPerDay: checked.KEY_BYTES_PER_DAY,
      jobsInFlight: checked.KEY_JOBS_IN_FLIGHT,
      uploadBytes: checked.MAX_UPLOAD_BYTES,
    },
  };
}
