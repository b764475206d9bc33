/** `/openapi.json`: what the declarations of the calls say, as OpenAPI 3.1. Pure. */
import { createDocument, type ZodOpenApiPathsObject } from "zod-openapi";
import type { Operation, Resource } from "../routes/operation.ts";
import { ANSWER_HEADERS } from "./answer-headers.ts";
import { namedSchemas } from "./named-schemas.ts";
import { toOperationObject } from "./operation-object.ts";
import { problemAnswers, problemExamples } from "./problem-answers.ts";
import { writeSchema } from "./schema-words.ts";
import { SECURITY_SCHEMES } from "./security.ts";
import { tidyComponents } from "./tidy-components.ts";
import { WEBHOOK } from "./webhook-call.ts";
import { API_SUMMARY, TAGS } from "./words.ts";

export type ApiDocument = ReturnType<typeof createDocument>;

/** The whole document. Deterministic: the same declarations give the same text. */
export function describeApi(resources: readonly Resource[], version: string): ApiDocument {
  const operations = resources.flatMap(({ operations }) => operations);
  const used = new Set(operations.map(({ tag }) => tag));
  const document = createDocument(
    {
      openapi: "3.1.0",
      info: {
        title: "Kiln",
        version,
        summary: "Files in, 3D and image assets out",
        description: API_SUMMARY,
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/", description: "This server" }],
      tags: [...TAGS.filter(({ name }) => used.has(name)), ...unnamedTags(used)],
      paths: toPaths(operations),
      webhooks: { event: { post: WEBHOOK } },
      components: {
        schemas: namedSchemas(),
        securitySchemes: SECURITY_SCHEMES,
        headers: ANSWER_HEADERS,
        responses: problemAnswers(operations),
        examples: problemExamples(operations),
      },
    },
    { override: writeSchema },
  );
  return tidyComponents(document);
}

/** `/files/{key*}` as OpenAPI writes it, which has no way to say that a parameter holds slashes. */
export function toOpenApiPath(path: string): string {
  return path.replaceAll("*}", "}");
}

/** Groups that the reference page has no words for yet. */
function unnamedTags(used: ReadonlySet<string>): { name: string }[] {
  return [...used].filter((tag) => !TAGS.some(({ name }) => name === tag)).map((name) => ({ name }));
}

function toPaths(operations: readonly Operation[]): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    const path = toOpenApiPath(operation.path);
    paths[path] = { ...paths[path], [operation.method]: toOperationObject(operation) };
  }
  return paths;
}
