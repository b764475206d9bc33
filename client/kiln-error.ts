/** What can go wrong when a client talks to Kiln: the server answered with a problem, or it did not answer. */
import { type Problem, problemSchema } from "#contract/problem.ts";

/** The server refused: `problem` is its answer (RFC 9457). The message is `detail`, a sentence that says what to do. */
export class KilnError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = "KilnError";
    this.problem = problem;
  }
  get code(): Problem["code"] {
    return this.problem.code;
  }
}

/** No usable answer: the server can't be reached, or something that is not Kiln answered. */
export class KilnUnreachableError extends Error {
  constructor(url: string, reason: string, cause?: unknown) {
    super(`Cannot reach ${new URL(url).origin}: ${reason}`, { cause });
    this.name = "KilnUnreachableError";
  }
}

/**
 * Turns a failed answer into an error. An answer without a problem document (a proxy's page, say) is told by its status.
 * `url` is what was asked. Reads the body.
 */
export async function toError(response: Response, url: string): Promise<KilnError | KilnUnreachableError> {
  const text = await response.text();
  try {
    return new KilnError(problemSchema.parse(JSON.parse(text)));
  } catch (cause) {
    return new KilnUnreachableError(url, `it answered ${response.status} ${response.statusText}`.trim(), cause);
  }
}
