/** Times in requests and answers: milliseconds since 1970, as `Date.now()` gives them. */
import { z } from "zod";

/** A moment in an answer; `what` says of what, as the start of a sentence. */
export function epochMs(what: string): z.ZodInt {
  return z.int().describe(`${what}. Milliseconds since 1970-01-01 UTC.`);
}

/** One that may not have come; `unlessNull` says what null means. */
export function epochMsOrNull(what: string, unlessNull: string): z.ZodNullable<z.ZodInt> {
  return z.int().nullable().describe(`${what}. Milliseconds since 1970-01-01 UTC; ${unlessNull}.`);
}
