/** Errors as RFC 9457 answers. The cause of a 500 goes to the log, never to the client. */
import { PROBLEMS, type Problem } from "#contract/problem.ts";
import { AppError } from "./errors.ts";

/** The answer for an error that reached the top. */
export function toProblemResponse(error: unknown, instance: string): Response {
  const known =
    error instanceof AppError
      ? error
      : new AppError("internal", "Something went wrong on our side. Try again; if it stays, report the instance.", {
          cause: error,
        });
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
    headers: { "Content-Type": "application/problem+json", "Cache-Control": "no-store", ...known.headers },
  });
}
