/** Errors as RFC 9457 answers. The cause of a 500 goes to the log, never to the client. */
import { PROBLEMS, type Problem } from "#contract/problem.ts";
import { AppError, isTransient } from "./errors.ts";

/** An error of ours for one that is not: the platform's own pass, anything else is a fault in this code. */
function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (isTransient(cause))
    return new AppError("unavailable", "The service could not be reached for a moment. Try again.", {
      headers: { "Retry-After": "1" },
      cause,
    });
  return new AppError("internal", "Something went wrong on our side. Try again; if it stays, report the instance.", {
    cause,
  });
}

/** The answer for an error that reached the top. */
export function toProblemResponse(error: unknown, instance: string): Response {
  const known = toAppError(error);
  const { status, title, retryable } = PROBLEMS[known.code];
  if (status >= 500)
    console.error("request failed", {
      instance,
      code: known.code,
      cause: String((known.cause as Error)?.stack ?? known.cause ?? ""),
    });
  const problem: Problem = {
    type: `urn:kiln:problem:${known.code}`,
    title,
    status,
    detail: known.detail,
    instance,
    code: known.code,
    retryable,
    ...(known.errors.length > 0 ? { errors: [...known.errors] } : {}),
  };
  return Response.json(problem, {
    status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      // Every 401 says what would do (RFC 9110 §15.5.2).
      ...(status === 401 ? { "WWW-Authenticate": "Bearer" } : {}),
      ...known.headers,
    },
  });
}
