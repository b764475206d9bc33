/** Bad requests to every call that is declared: each is answered with a problem that names what is wrong. */
import { describe, expect, it } from "vitest";
import type { Problem } from "#contract/problem.ts";
import { resources } from "../../../worker/app.ts";
import type { Operation } from "../../../worker/routes/operation.ts";
import { API_KEY } from "../../helpers/test-keys.ts";
import { ADMIN_KEY, call, problemOf, RUNNER_KEY } from "../../helpers/worker-api.ts";

const operations = resources.flatMap((resource) => resource.operations);
const KEYS = { user: API_KEY, runner: RUNNER_KEY, admin: ADMIN_KEY, open: API_KEY };
/** An id that is well-formed for nothing: what is wrong with the rest of the request is found before anything is looked up. */
const NAME = "nothing";

/** Calls the operation, with a body if it takes one. Path parameters become `name`. */
function send(
  { method, path, access, body, rawBody }: Operation,
  wrong: { name?: string; query?: string; body?: BodyInit; type?: string } = {},
): Promise<Response> {
  // Uppy's calls name the upload in the query as well.
  const query = wrong.query ?? (path.startsWith("/s3/multipart/{") ? `?key=${NAME}` : "");
  const url = path.replace(/\{\w+\*?\}/g, wrong.name ?? NAME) + query;
  const type = wrong.type ?? "application/json";
  const sent = body || rawBody || wrong.body ? { body: wrong.body ?? "{}" } : {};
  return call(url, {
    method: method.toUpperCase(),
    headers: { Authorization: `Bearer ${KEYS[access]}`, ...("body" in sent ? { "Content-Type": type } : {}) },
    redirect: "manual",
    ...sent,
  });
}

async function refusal(response: Response, status: number, code: string): Promise<Problem> {
  const problem = await problemOf(response);
  expect([problem.status, problem.code]).toEqual([status, code]);
  expect(problem.detail.length).toBeGreaterThan(10);
  return problem;
}

function paths(problem: Problem): (string | undefined)[] {
  return (problem.errors ?? []).map(({ path }) => path);
}

const rows = (chosen: readonly Operation[]) =>
  chosen.map((operation) => [`${operation.method.toUpperCase()} ${operation.path}`, operation] as const);
/** Uppy sends what a page has noted of a file along, whatever that is. */
const OPEN_QUERIES = ["/s3/params"];
const withQuery = operations.filter(({ signed, path }) => !signed && !OPEN_QUERIES.includes(path));
const withBody = operations.filter(({ body }) => body);
const withParams = operations.filter(({ params, signed }) => params && !signed);

describe("a query string", () => {
  it.each(rows(withQuery))(
    "of %s may not hold an unknown parameter, nor one twice, nor NUL",
    async (_call, operation) => {
      const unknown = await refusal(await send(operation, { query: "?surprise=1" }), 400, "invalid_request");
      expect(paths(unknown)).toContain("surprise");
      const twice = await refusal(await send(operation, { query: "?after=1&after=2" }), 400, "invalid_request");
      expect(paths(twice)).toContain("after");
      const nul = await refusal(await send(operation, { query: "?limit=%00" }), 400, "invalid_request");
      expect(paths(nul)).toContain("limit");
    },
  );

  it.each(rows(operations.filter(({ signed }) => signed)))(
    "of %s counts only with its signature",
    async (_call, operation) => {
      for (const query of ["", "?exp=1&exp=2&kid=new&sig=x", "?exp=%00&kid=%00&sig=%00", `?sig=${"A".repeat(43)}`]) {
        const response = await send(operation, {
          name: "uploads/x",
          query,
          body: operation.method === "get" ? undefined : "x",
        });
        await refusal(response, 403, "signature_invalid");
      }
    },
  );
});

describe("a body", () => {
  it.each(rows(withBody))(
    "of %s must be JSON, said to be JSON, and no longer than allowed",
    async (_call, operation) => {
      await refusal(await send(operation, { body: "{" }), 400, "malformed_json");
      await refusal(await send(operation, { body: new Uint8Array([0x22, 0xff, 0x22]) }), 400, "malformed_json");
      await refusal(await send(operation, { type: "text/plain" }), 415, "unsupported_media_type");
      const long = JSON.stringify({ x: "x".repeat(operation.maxBodyBytes ?? 256 * 1024) });
      await refusal(await send(operation, { body: long }), 413, "too_large");
      await refusal(await send(operation, { body: "[]" }), 400, "invalid_request");
    },
  );

  it.each(rows(withBody.filter(({ access }) => access !== "runner")))(
    "of %s may hold no NUL, no half character and no endless nesting",
    async (_call, operation) => {
      const nul = await refusal(await send(operation, { body: '{"a":{"b":"x\\u0000"}}' }), 400, "invalid_request");
      expect(paths(nul)).toEqual(["a.b"]);
      await refusal(await send(operation, { body: '{"a\\u0000":1}' }), 400, "invalid_request");
      await refusal(await send(operation, { body: '{"a":"\\ud800"}' }), 400, "invalid_request");
      const deep = `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
      await refusal(await send(operation, { body: deep }), 400, "invalid_request");
    },
  );

  it.each(rows(withBody.filter(({ access, path }) => access !== "runner" && !path.startsWith("/s3/"))))(
    "of %s may hold no unknown field",
    async (_call, operation) => {
      const problem = await refusal(await send(operation, { body: '{"surprise":1}' }), 400, "invalid_request");
      expect(paths(problem)).toContain("surprise");
    },
  );
});

describe("a path", () => {
  const TRICKS = [
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "%E0%A4%A",
    "a%20b",
    "%2e%2e",
    "x".repeat(3_000),
    "__proto__",
    "'--",
  ];

  it.each(rows(withParams))("of %s leads nowhere when it is made up", async (_call, operation) => {
    for (const name of TRICKS) {
      const response = await send(operation, { name, body: operation.rawBody ? "x" : undefined });
      if (response.status < 400) expect([operation.operationId, name, response.status]).toEqual([]);
      expect(response.status).toBeLessThan(500);
      await problemOf(response);
    }
  });

  it("answers 405 with what is allowed to every method that is not declared", async () => {
    for (const path of new Set(operations.map((operation) => operation.path))) {
      const declared = operations.filter((operation) => operation.path === path);
      const methods = declared.map(({ method }) => method.toUpperCase());
      const wrong = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) => !methods.includes(method));
      for (const method of wrong) {
        const response = await call(path.replace(/\{\w+\*?\}/g, NAME), { method });
        await refusal(response, 405, "method_not_allowed");
        const allowed = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].sort().join(", ");
        expect([path, response.headers.get("Allow")]).toEqual([path, allowed]);
      }
    }
  });
});
