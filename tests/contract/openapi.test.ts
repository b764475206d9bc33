/** `/openapi.json`: nothing is missing, nothing in it is wrong, and every example is one. */
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, it, vi } from "vitest";

// The calls are declared in files that name the objects they call; none is made here.
vi.mock("cloudflare:workers", () => ({ DurableObject: class {}, env: {} }));
vi.mock("itty-durable", () => ({ createDurable: () => class {}, proxyDurable: () => ({}) }));

interface Described {
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly examples?: object }> };
  readonly responses: Record<string, { description?: string; content?: Record<string, Record<string, unknown>> }>;
}

// The Worker's types are another program's than the tests'.
const [workerApp, description] = ["../../worker/app.ts", "../../worker/api-description/document.ts"];
const { app, resources } = await import(/* @vite-ignore */ workerApp as string);
const { describeApi } = await import(/* @vite-ignore */ description as string);
const document = describeApi(resources, "0.1.0") as { readonly paths: Record<string, Record<string, Described>> };
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ call: `${method.toUpperCase()} ${path}`, operation })),
);

/** What is wrong, never a matter of taste. */
const RULES = [
  "struct",
  "no-unresolved-refs",
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
