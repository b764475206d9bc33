/** One call as OpenAPI describes it. */
import { z } from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject, ZodOpenApiResponsesObject } from "zod-openapi";
import type { Answer, Operation } from "../routes/operation.ts";
import { answerExample } from "./answer-examples.ts";
import { headerRef, USUAL_HEADERS } from "./answer-headers.ts";
import { eventExample } from "./event-examples.ts";
import { namedSchemas } from "./named-schemas.ts";
import { parameterWords } from "./parameter-words.ts";
import { problemAnswer, problemAnswerName, problemsByStatus } from "./problem-answers.ts";
import { securityOf } from "./security.ts";
import { documentedBody } from "./submissions.ts";

const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/)
  .optional()
  .meta({
    description:
      "Names this request, so that it takes effect once however often it is sent. Kept for 24 hours. Needs an API key or a session.",
    example: "0b9f2c1e-7a3d-4f58-9a64-1f0e6d2c7b85",
  });

export function toOperationObject(operation: Operation): ZodOpenApiOperationObject {
  const { operationId, summary, description, tag } = operation;
  return {
    operationId,
    summary,
    ...(description ? { description } : {}),
    tags: [tag],
    security: securityOf(operation),
    requestParams: paramsOf(operation),
    ...bodyOf(operation),
    responses: answersOf(operation),
  };
}

/** A status that both an answer of its own and a problem have is described as one with two kinds of content. */
function answersOf(operation: Operation): ZodOpenApiResponsesObject {
  const answers = new Map<number, ZodOpenApiResponseObject | { $ref: string }>();
  for (const [status, answer] of Object.entries(operation.answers)) {
    answers.set(Number(status), toAnswer(operation, Number(status), answer));
  }
  for (const [status, codes] of problemsByStatus(operation)) {
    const own = answers.get(status) as ZodOpenApiResponseObject | undefined;
    const name = problemAnswerName(codes);
    if (own) answers.set(status, joined(own, problemAnswer(status, codes)));
    else answers.set(status, name ? { $ref: `#/components/responses/${name}` } : problemAnswer(status, codes));
  }
  const inOrder = [...answers].sort(([a], [b]) => a - b);
  return Object.fromEntries(inOrder.map(([status, answer]) => [String(status), answer]));
}

function joined(own: ZodOpenApiResponseObject, problem: ZodOpenApiResponseObject): ZodOpenApiResponseObject {
  return {
    ...problem,
    description: `${own.description}\n\n${problem.description}`,
    content: { ...own.content, ...problem.content },
  };
}

function paramsOf({
  params,
  query,
  headers,
  idempotent,
  tag,
}: Operation): ZodOpenApiOperationObject["requestParams"] & {} {
  const optional = Object.entries(headers ?? {}).map(([name, schema]) => [name, asOptional(schema)]);
  const named = { ...Object.fromEntries(optional), ...(idempotent ? { "Idempotency-Key": idempotencyKey } : {}) };
  return {
    ...(params ? { path: withWords(params, tag) } : {}),
    ...(query instanceof z.ZodObject ? { query: withWords(query.shape, tag) } : {}),
    ...(Object.keys(named).length > 0 ? { header: withWords(named, tag) } : {}),
  };
}

/** Parameters that say nothing of themselves are given the usual words for their name. */
function withWords(params: Readonly<Record<string, z.ZodType>>, tag: string): z.ZodObject {
  const described = Object.entries(params).map(([name, schema]): [string, z.ZodType] => {
    const words = schema.description === undefined ? parameterWords(name, tag) : undefined;
    return [name, words === undefined ? schema : schema.meta({ ...schema.meta(), description: words })];
  });
  return z.object(Object.fromEntries(described));
}

/** No call needs a header beyond the usual ones. */
function asOptional(schema: z.ZodType): z.ZodType {
  return schema.safeParse(undefined).success ? schema : schema.optional().meta(schema.meta() ?? {});
}

function bodyOf({ body, rawBody, examples = {} }: Operation): Pick<ZodOpenApiOperationObject, "requestBody"> {
  const shown = Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
  if (rawBody) {
    const { contentType, description, schema = { type: "string", format: "binary" } as const } = rawBody;
    return { requestBody: { required: true, description, content: { [contentType]: { schema, examples: shown } } } };
  }
  if (!body) return {};
  const schema = documentedBody(body);
  const { example } = body.meta() ?? {};
  if (example !== undefined && Object.keys(shown).length === 0) shown.one = { value: example as never };
  return { requestBody: { required: true, content: { "application/json": { schema, examples: shown } } } };
}

function toAnswer(operation: Operation, status: number, { description, schema, contentType, headers }: Answer) {
  const answer: ZodOpenApiResponseObject = {
    description,
    headers: headersOf(operation, status, headers),
    ...(schema || contentType
      ? { content: { [contentType ?? "application/json"]: toContent(schema, contentType, status) } }
      : {}),
  };
  return answer;
}

function toContent(schema: z.ZodType | undefined, contentType: string | undefined, status: number) {
  if (!schema) return { schema: { type: "string" as const, format: "binary" } };
  // Each event of the stream; its data is JSON of the schema.
  if (contentType === "text/event-stream") return { schema: toEvent(schema, eventExample(schema)) };
  const example = answerExample(schema, status);
  return { schema, ...(example === undefined ? {} : { example }) };
}

function toEvent(data: z.ZodType, example: object | undefined) {
  const text = (description: string) => ({ type: "string" as const, description });
  return {
    type: "object" as const,
    description: "One event of the stream, as Server-Sent Events write it.",
    example,
    properties: {
      id: text("The event's `seq`: send it as `Last-Event-ID`, or as `after`, to go on behind it."),
      event: text("The event's `kind`."),
      data: {
        ...text("The event as JSON."),
        contentMediaType: "application/json",
        contentSchema: refTo(data),
      },
    },
  };
}

/** To a schema that has a name. */
function refTo(schema: z.ZodType): { $ref: string } {
  const named = Object.entries(namedSchemas()).find(([, known]) => known === schema);
  if (!named) throw new Error("The messages of a stream need a schema with a name: see named-schemas.ts.");
  return { $ref: `#/components/schemas/${named[0]}` };
}

function headersOf({ idempotent, problems }: Operation, status: number, headers: Answer["headers"] = {}) {
  return {
    // A WebSocket's answer has none of the usual headers.
    ...(status === 101 ? {} : { "X-Request-Id": headerRef("RequestId") }),
    ...(idempotent ? { "Idempotent-Replayed": headerRef("IdempotentReplayed") } : {}),
    // A call that names this problem itself is charged to a quota.
    ...(problems?.includes("rate_limited")
      ? { RateLimit: headerRef("RateLimit"), "RateLimit-Policy": headerRef("RateLimitPolicy") }
      : {}),
    ...Object.fromEntries(Object.entries(headers).map(([name, schema]) => [name, toHeader(name, schema)])),
  };
}

function toHeader(name: string, schema: z.ZodType) {
  const usual = USUAL_HEADERS[name];
  if (usual && schema.description === undefined) return headerRef(usual);
  const { $schema: _, description, ...jsonSchema } = z.toJSONSchema(schema);
  const isOptional = schema.safeParse(undefined).success;
  return { ...(description ? { description } : {}), required: !isOptional, schema: jsonSchema as object };
}
