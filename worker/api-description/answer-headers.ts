/** Headers that answers of many calls have. */
import type { ZodOpenApiObject } from "zod-openapi";

type HeaderComponents = NonNullable<NonNullable<ZodOpenApiObject["components"]>["headers"]>;

export const ANSWER_HEADERS: HeaderComponents = {
  RequestId: {
    description: "The request's own id, which is also in an error's `instance`. Name it when you report a fault.",
    schema: { type: "string", pattern: "^[0-9a-f]{16}$" },
    example: "5d1c0f7c2a9b4e36",
  },
  Location: {
    description: "Where the new thing is from now on, or where the file is",
    schema: { type: "string" },
    example: "/v1/jobs/job_4s1k3wq8v6m9c0t2z5y7x1n3ab",
  },
  IdempotentReplayed: {
    description: "`true` when this is the answer that the first request with this `Idempotency-Key` had",
    schema: { type: "string", const: "true" },
  },
  RetryAfter: {
    description: "Seconds after which the same request may succeed",
    schema: { type: "string", pattern: "^[0-9]+$" },
    example: "1",
  },
  RateLimit: {
    description:
      "What is left (`r`) of the quota that the call was charged to, and the seconds (`t`) until all of it is there again: of " +
      "`jobs`, or of `bytes` of uploads. A structured field; absent where the operator has set no limit.",
    schema: { type: "string" },
    example: '"jobs";r=4;t=1800',
  },
  RateLimitPolicy: {
    description: "That quota: how much of it (`q`) there is in how many seconds (`w`)",
    schema: { type: "string" },
    example: '"jobs";q=5;w=3600',
  },
  ETag: {
    description: "Names these bytes: send it as `If-None-Match` and get 304 while they are the same",
    schema: { type: "string" },
    example: '"9bb58f26192e4ba00f01e2e7b136bbd8"',
  },
  ContentDisposition: {
    description: "The name to save the file under",
    schema: { type: "string" },
    example: 'attachment; filename="model.glb"',
  },
  ContentLength: {
    description: "How many bytes follow",
    schema: { type: "string", pattern: "^[0-9]+$" },
    example: "482104",
  },
  ContentRange: {
    description: "Which bytes these are, and how many the file has",
    schema: { type: "string" },
    example: "bytes 0-1023/482104",
  },
  WwwAuthenticate: {
    description: "How to say who you are",
    schema: { type: "string" },
    example: "Bearer",
  },
};

export type AnswerHeader =
  | "RequestId"
  | "Location"
  | "IdempotentReplayed"
  | "RetryAfter"
  | "RateLimit"
  | "RateLimitPolicy"
  | "ETag"
  | "ContentDisposition"
  | "ContentLength"
  | "ContentRange"
  | "WwwAuthenticate";

/** Those that answers declare by their name alone. */
export const USUAL_HEADERS: Readonly<Record<string, AnswerHeader>> = {
  Location: "Location",
  "Retry-After": "RetryAfter",
  ETag: "ETag",
  "Content-Disposition": "ContentDisposition",
  "Content-Length": "ContentLength",
  "Content-Range": "ContentRange",
};

/** `{ $ref }` to one of them. */
export function headerRef(name: AnswerHeader): { $ref: string } {
  return { $ref: `#/components/headers/${name}` };
}
