/** What went wrong, in words for the visitor: a sentence, what they can do, and which fields are meant. */
import { KilnError, KilnUnreachableError } from "#client/kiln-error.ts";
import type { FieldError, ProblemCode } from "#contract/problem.ts";
import { limitSentence, reached } from "./limit-words.ts";

export interface Failure {
  readonly title: string;
  readonly message: string;
  readonly code: ProblemCode | "unreachable" | "unexpected";
  /** Wrong fields; `path` is dotted, e.g. `params.depthMm`. */
  readonly fields: readonly FieldError[];
  /** Whether doing the same again may help. */
  readonly retryable: boolean;
}

/** Turns anything thrown by the client into a failure that can be shown. */
export function toFailure(error: unknown): Failure {
  if (error instanceof KilnError && error.code === "rate_limited") return limitFailure(error);
  if (error instanceof KilnError) {
    const { title, detail, code, errors = [], retryable } = error.problem;
    return { title, message: detail, code, fields: errors, retryable };
  }
  if (error instanceof KilnUnreachableError) {
    return {
      title: "Kiln does not answer",
      message: "Check your connection, then try again. What you have entered is kept.",
      code: "unreachable",
      fields: [],
      retryable: true,
    };
  }
  return {
    title: "Something unexpected happened",
    message: error instanceof Error ? error.message : String(error),
    code: "unexpected",
    fields: [],
    retryable: true,
  };
}

/** What is in the form is kept, so that it can be sent again. */
function limitFailure({ problem, rateLimits, retryAfter }: KilnError): Failure {
  const limit = reached(rateLimits, retryAfter);
  // The server says of callers without a key that one raises it.
  const anonymous = /API key/.test(problem.detail);
  const sentence = limit ? limitSentence(limit, { anonymous, now: Date.now() }) : null;
  return {
    title: "That is as much as you may have for now",
    message: `${sentence ?? problem.detail} What you have entered is kept.`,
    code: problem.code,
    fields: [],
    retryable: true,
  };
}
