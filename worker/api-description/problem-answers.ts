/** Errors as the document shows them: which a call can have, by status, and one example of each. */
import type { ZodOpenApiObject, ZodOpenApiResponsesObject } from "zod-openapi";
import { PROBLEMS, type Problem, type ProblemCode } from "#contract/problem.ts";
import type { Operation } from "../routes/operation.ts";
import { type AnswerHeader, headerRef } from "./answer-headers.ts";

type ExampleComponents = NonNullable<NonNullable<ZodOpenApiObject["components"]>["examples"]>;

/** One example of every problem, by its code. */
export const PROBLEM_EXAMPLES: ExampleComponents = Object.fromEntries(
  Object.keys(PROBLEMS).map((code) => [code, { summary: code, value: exampleOf(code as ProblemCode) }]),
);

function exampleOf(code: ProblemCode): Problem {
  const { status, title, retryable } = PROBLEMS[code];
  return {
    type: `urn:kiln:problem:${code}`,
    title,
    status,
    detail: `${title}.`,
    instance: "urn:request:5d1c0f7c2a9b4e36",
    code,
    retryable,
  };
}

/** All that a call can be refused with: what follows from its declaration, and what it names itself. */
export function problemsOf(operation: Operation): ProblemCode[] {
  const { access, scope, signed, body, rawBody, idempotent, problems = [] } = operation;
  const codes: (ProblemCode | false | undefined)[] = [
    "invalid_request",
    body && "malformed_json",
    body && "unsupported_media_type",
    (body ?? rawBody) && "too_large",
    signed && "signature_invalid",
    access !== "open" && "unauthorized",
    access === "admin" && "not_found",
    scope && "forbidden",
    idempotent && "idempotency_in_flight",
    idempotent && "idempotency_mismatch",
    idempotent && "too_large",
    access === "user" && "rate_limited",
    "internal",
    "unavailable",
    ...problems,
  ];
  return [...new Set(codes.filter((code): code is ProblemCode => Boolean(code)))];
}

/** The same as answers, by status. */
export function problemAnswers(operation: Operation): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => PROBLEMS[code].status);
  const statuses = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(statuses.map(([status, codes]) => [String(status), toAnswer(status, codes)]));
}

function toAnswer(status: number, codes: readonly ProblemCode[]) {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join("\n\n"),
    headers: Object.fromEntries(headersOf(status).map(([name, header]) => [name, headerRef(header)])),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [
            { $ref: "#/components/schemas/Problem" },
            { type: "object" as const, properties: { code: { enum: [...codes] } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
      },
    },
  };
}

function headersOf(status: number): [string, AnswerHeader][] {
  const headers: [string, AnswerHeader][] = [["X-Request-Id", "RequestId"]];
  if (status === 401) headers.push(["WWW-Authenticate", "WwwAuthenticate"]);
  if (status === 409 || status === 429 || status === 503) headers.push(["Retry-After", "RetryAfter"]);
  if (status === 429) headers.push(["RateLimit", "RateLimit"], ["RateLimit-Policy", "RateLimitPolicy"]);
  return headers;
}
