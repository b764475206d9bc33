/** `/openapi.json`: nothing is missing, nothing in it is wrong, and every example is one. */
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it, vi } from "vitest";

// The calls are declared in files that name the objects they call; none is made here.
vi.mock("cloudflare:workers", () => ({ DurableObject: class {}, env: {} }));
vi.mock("itty-durable", () => ({ createDurable: () => class {}, proxyDurable: () => ({}) }));

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly examples?: object }> };
  readonly responses: Record<string, DescribedAnswer | { readonly $ref: string }>;
}
interface DescribedAnswer {
  readonly description?: string;
  readonly content?: Record<string, Record<string, unknown>>;
  readonly headers?: Record<string, { readonly description?: string; readonly $ref?: string }>;
}

// The Worker's types are another program's than the tests'.
const [workerApp, description] = ["../../worker/app.ts", "../../worker/api-description/document.ts"];
const { app, resources } = await import(/* @vite-ignore */ workerApp as string);
const { describeApi } = await import(/* @vite-ignore */ description as string);
const document = describeApi(resources, "0.1.0") as {
  readonly paths: Record<string, Record<string, Described>>;
  readonly tags: readonly { readonly name: string }[];
  readonly components: Record<"schemas" | "headers" | "responses", Record<string, DescribedAnswer>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    call: `${method.toUpperCase()} ${path}`,
    operation: { ...operation, responses: answersOf(operation) },
  })),
);

/** Its answers, those that have a name among them. */
function answersOf({ responses }: Described): Record<string, DescribedAnswer> {
  const answers = Object.entries(responses).map(([status, answer]): [string, DescribedAnswer] => {
    if (!("$ref" in answer)) return [status, answer];
    const named = document.components.responses[answer.$ref.replace("#/components/responses/", "")];
    if (!named) throw new Error(`There is no ${answer.$ref}`);
    return [status, named];
  });
  return Object.fromEntries(answers);
}

/** What is wrong, never a matter of taste. */
const RULES = [
  "struct",
  "no-unresolved-refs",
  "no-unused-components",
  "no-identical-paths",
  "operation-operationId",
  "operation-operationId-unique",
  "operation-operationId-url-safe",
  "operation-parameters-unique",
  "operation-singular-tag",
  "operation-tag-defined",
  "operation-4xx-response",
  "path-parameters-defined",
  "security-defined",
  "no-enum-type-mismatch",
  "no-schema-type-mismatch",
  "no-invalid-media-type-examples",
  "no-invalid-schema-examples",
  "no-invalid-parameter-examples",
];

/** A second on a machine that has nothing else to do. */
const LINT_TIMEOUT_MS = 60_000;

type Schema = { readonly [key: string]: unknown };

/** The properties that say nothing of themselves, neither at their place nor where they refer to. */
function silentProperties(value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    // What is shown, and what programs other than the reader look at, has no words of its own.
    if (["example", "examples", "default", "enum", "const"].includes(key)) return [];
    if (key !== "properties") return silentProperties(child, `${at}/${key}`);
    const properties = Object.entries(child as Record<string, Schema>);
    return properties.flatMap(([name, property]) => [
      ...(hasWords(property) ? [] : [`${at}.${name}`]),
      ...silentProperties(property, `${at}.${name}`),
    ]);
  });
}

function hasWords(schema: Schema): boolean {
  if (typeof schema.description === "string") return schema.description.length > 0;
  const name = String(schema.$ref ?? "").replace("#/components/schemas/", "");
  return Boolean(document.components.schemas[name]?.description);
}

describe("the API's description", () => {
  it("has every route of the Worker, and no other", () => {
    const routes = (app.routes as readonly { method: string; path: string }[])
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}").replace(/(.)\/$/, "$1")}`);
    expect(operations.map(({ call }) => call).sort()).toEqual([...new Set(routes)].sort());
  });

  it(
    "is valid OpenAPI 3.1, and its examples are valid by its schemas",
    async () => {
      const config = await createConfig({ rules: Object.fromEntries(RULES.map((rule) => [rule, "error"])) });
      const source = JSON.stringify(document, null, 1);
      const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
      expect(problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)).toEqual([]);
    },
    LINT_TIMEOUT_MS,
  );

  it("shows an example of every body and of every answer in JSON, but for itself", () => {
    const without = operations.flatMap(({ call, operation: { requestBody, responses } }) => {
      const bodies = Object.entries(requestBody?.content ?? {})
        .filter(([type, { examples }]) => type === "application/json" && Object.keys(examples ?? {}).length === 0)
        .map(([type]) => `${call}: body, ${type}`);
      const answers = Object.entries(responses)
        .filter(([status]) => Number(status) < 400 && call !== "GET /openapi.json")
        .filter(([, { content }]) => content?.["application/json"] && !("example" in content["application/json"]))
        .map(([status]) => `${call}: ${status}`);
      return [...bodies, ...answers];
    });
    expect(without).toEqual([]);
  });

  it("says what every field of every body and answer means", () => {
    expect(silentProperties(document, "")).toEqual([]);
  });

  it("says what every schema with a name is, and every header", () => {
    const { schemas, headers, responses } = document.components;
    const named = Object.entries({ ...schemas, ...headers, ...responses });
    expect(named.filter(([, { description }]) => !description).map(([name]) => name)).toEqual([]);
    const answers = operations.flatMap(({ call, operation }) =>
      Object.values(operation.responses).map((answer) => ({ call, answer })),
    );
    const silent = answers.flatMap(({ call, answer: { headers = {} } }) =>
      Object.entries(headers)
        .filter(([, header]) => !header.description && !header.$ref)
        .map(([name]) => `${call}: ${name}`),
    );
    expect(silent).toEqual([]);
  });

  it("has nothing but words beside a reference, which would count as well", () => {
    const beside = new Set<string>();
    JSON.stringify(document, (_, value) => {
      if (typeof value?.$ref === "string") for (const key of Object.keys(value)) beside.add(key);
      return value;
    });
    expect([...beside].sort()).toEqual(["$ref", "description"]);
  });

  it("names no call and no group of calls that is not there", () => {
    const text = JSON.stringify(document);
    const known = new Set(operations.map(({ call }) => call));
    const named = [...text.matchAll(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^`?\s]*)/g)].map(([, call]) => call as string);
    expect(named.length).toBeGreaterThan(20);
    expect([...new Set(named)].filter((call) => !known.has(call))).toEqual([]);
    const tags = new Set(document.tags.map(({ name }) => name.toLowerCase().replaceAll(" ", "-")));
    const linked = [...text.matchAll(/\(#tag\/([\w-]+)\)/g)].map(([, tag]) => tag as string);
    expect(linked.filter((tag) => !tags.has(tag))).toEqual([]);
  });

  it("says what every parameter and every answer is", () => {
    const silent = operations.flatMap(({ call, operation: { parameters = [], responses } }) => [
      ...parameters.filter(({ description }) => !description).map(({ name }) => `${call}: ${name}`),
      ...Object.entries(responses)
        .filter(([, { description }]) => !description)
        .map(([status]) => `${call}: ${status}`),
    ]);
    expect(silent).toEqual([]);
  });
});
