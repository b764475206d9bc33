/** Errors as the document shows them: which a call can have, by status, and one example of each. */
import type { ZodOpenApiObject, ZodOpenApiResponseObject } from "zod-openapi";
import { PROBLEMS, type Problem, type ProblemCode } from "#contract/problem.ts";
import type { Operation } from "../routes/operation.ts";
import { type AnswerHeader, headerRef } from "./answer-headers.ts";

type ExampleComponents = NonNullable<NonNullable<ZodOpenApiObject["components"]>["examples"]>;

/** One example of every problem that these calls can have, by its code. */
export function problemExamples(operations: readonly Operation[]): ExampleComponents {
  const codes = [...new Set(operations.flatMap(problemsOf))].sort();
  return Object.fromEntries(codes.map((code) => [code, { summary: code, value: exampleOf(code) }]));
}

/** What is wrong with a request that is not valid. */
const WRONG_FIELD = { path: "params.depthMm", message: "Too small: expected number to be >=0.1" };

function exampleOf(code: ProblemCode): Problem {
  const { status, title, retryable } = PROBLEMS[code];
  return {
    type: `urn:kiln:problem:${code}`,
    title,
    status,
    detail: code === "invalid_request" ? `${WRONG_FIELD.path}: ${WRONG_FIELD.message}` : `${title}.`,
    instance: "urn:request:5d1c0f7c2a9b4e36",
    code,
    retryable,
    ...(code === "invalid_request" ? { errors: [WRONG_FIELD] } : {}),
  };
}

/** All that a call can be refused with: what follows from its declaration, and what it names itself. */
export function problemsOf(operation: Operation): ProblemCode[] {
  const { access, scope, signed, body, rawBody, idempotent, problems = [] } = operation;
  const codes: (ProblemCode | false | undefined)[] = [
    "invalid_request",
    body && "malformed_json",
    (body ?? rawBody) && "unsupported_media_type",
    (body ?? rawBody) && "too_large",
    signed && "signature_invalid",
    access !== "open" && "unauthorized",
    access === "admin" && "not_found",
    scope && "forbidden",
    idempotent && "idempotency_in_flight",
    idempotent && "idempotency_mismatch",
    idempotent && "too_large",
    (access === "user" || access === "runner") && "rate_limited",
    "internal",
    "unavailable",
    ...problems,
  ];
  return [...new Set(codes.filter((code): code is ProblemCode => Boolean(code)))];
}

/** The same by status, which a call's answer has one of. */
export function problemsByStatus(operation: Operation): [status: number, codes: ProblemCode[]][] {
  const byStatus = Map.groupBy(problemsOf(operation), (code) => PROBLEMS[code].status);
  return [...byStatus].sort(([a], [b]) => a - b);
}

/** How many problems an answer may have that is described once, under a name, for all calls that have it. */
const MAX_NAMED_PROBLEMS = 2;

/** `JobNotFound`, `InvalidRequestOrMalformedJson`; undefined for an answer that is described where it is given. */
export function problemAnswerName(codes: readonly ProblemCode[]): string | undefined {
  if (codes.length > MAX_NAMED_PROBLEMS) return undefined;
  return codes.map((code) => code.replace(/(^|_)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase())).join("Or");
}

/** The answers with a name that these calls have. */
export function problemAnswers(operations: readonly Operation[]): Record<string, ZodOpenApiResponseObject> {
  const answers = operations.flatMap(problemsByStatus).flatMap(([status, codes]) => {
    const name = problemAnswerName(codes);
    return name === undefined ? [] : [[name, problemAnswer(status, codes)] as const];
  });
  return Object.fromEntries(answers);
}

/** An answer that has one of these problems. */
export function problemAnswer(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join("\n\n"),
    headers: Object.fromEntries(headersOf(status).map(([name, header]) => [name, headerRef(header)])),
    content: {
      "application/problem+json": {
        schema: {
          allOf: [
            { $ref: "#/components/schemas/Problem" },
            {
              type: "object" as const,
              properties: {
                code: { type: "string" as const, enum: [...codes], description: "What of all that it may be here." },
              },
              required: ["code"],
            },
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
