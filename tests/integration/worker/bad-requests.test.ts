/** Bad requests to every call that is declared: each is answered with a problem that names what is wrong. */
import { describe, expect, it } from "vitest";
import type { Problem, ProblemCode } from "#contract/problem.ts";
import { resources } from "../../../worker/app.ts";
import type { Operation } from "../../../worker/routes/operation.ts";
import { API_KEY } from "../../helpers/test-keys.ts";
import { ADMIN_KEY, call, problemOf, RUNNER_KEY } from "../../helpers/worker-api.ts";

const operations = resources.flatMap((resource) => resource.operations);
const KEYS = { user: API_KEY, runner: RUNNER_KEY, admin: ADMIN_KEY, open: API_KEY };
/** In place of an id: what is wrong with the rest of the request is found before anything is looked up. */
const NAME = "nothing";
/** Uppy sends along what a page has noted of a file, whatever that is. */
const OPEN_REQUESTS = /^\/s3\//;
const TIMEOUT_MS = 60_000;

interface Wrong {
  readonly name?: string;
  readonly query?: string;
  readonly body?: BodyInit;
  readonly type?: string;
  /** Content-Encoding. */
  readonly encoding?: string;
}

/** Makes the call, with a body if it takes one. Path parameters become `name`. */
function send({ method, path, access, body, rawBody }: Operation, wrong: Wrong): Promise<Response> {
  // Uppy's calls name the upload in the query as well.
  const query = wrong.query ?? (path.startsWith("/s3/multipart/{") ? `?key=${NAME}` : "");
  const type = wrong.type ?? "application/json";
  const sent = body || rawBody ? { body: wrong.body ?? "{}" } : {};
  const headers = new Headers({ Authorization: `Bearer ${KEYS[access]}` });
  if (body || rawBody) headers.set("Content-Type", type);
  if (wrong.encoding) headers.set("Content-Encoding", wrong.encoding);
  return call(path.replace(/\{\w+\*?\}/g, wrong.name ?? NAME) + query, {
    method: method.toUpperCase(),
    headers,
    redirect: "manual",
    ...sent,
  });
}

/** Expects the refusal, with the wrong field's path if one is given. */
async function refused(operation: Operation, wrong: Wrong, code: ProblemCode, path?: string): Promise<void> {
  const problem: Problem = await problemOf(await send(operation, wrong));
  const named = path === undefined ? [] : problem.errors?.map((error) => error.path).filter((name) => name === path);
  const expected = path === undefined ? [] : [path];
  const { operationId } = operation;
  expect({ operationId, code: problem.code, named }).toEqual({ operationId, code, named: expected });
  expect(problem.detail.length).toBeGreaterThan(10);
}

describe("a query string", () => {
  const unsigned = operations.filter(({ signed, path }) => !signed && path !== "/s3/params");

  it("may not hold an unknown parameter, nor one twice, nor NUL: the parameter is named", {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (const operation of unsigned) {
      await refused(operation, { query: "?surprise=1" }, "invalid_request", "surprise");
      await refused(operation, { query: "?after=1&after=2" }, "invalid_request", "after");
      await refused(operation, { query: "?limit=%00" }, "invalid_request", "limit");
      await refused(operation, { query: "?__proto__=1" }, "invalid_request", "__proto__");
    }
  });

  it("of a signed URL counts only with its signature", async () => {
    for (const operation of operations.filter(({ signed }) => signed)) {
      for (const query of ["", "?exp=1&exp=2&kid=new&sig=x", "?exp=%00&kid=%00&sig=%00", `?sig=${"A".repeat(43)}`])
        await refused(operation, { name: "uploads/x", query }, "signature_invalid");
    }
  });
});

describe("a body", () => {
  const withBody = operations.filter(({ body }) => body);
  // Log lines and reports of runners hold what engines print.
  const checked = withBody.filter(({ access }) => access !== "runner");

  it("must be JSON, said to be JSON, and no longer than allowed", { timeout: TIMEOUT_MS }, async () => {
    for (const operation of withBody) {
      await refused(operation, { body: "{" }, "malformed_json");
      await refused(operation, { body: new Uint8Array([0x22, 0xff, 0x22]) }, "malformed_json");
      await refused(operation, { type: "text/plain" }, "unsupported_media_type");
      await refused(operation, { type: "application/json; charset=utf-16" }, "unsupported_media_type");
      await refused(operation, { body: `"${"x".repeat(operation.maxBodyBytes ?? 256 * 1024)}"` }, "too_large");
      await refused(operation, { body: "[]" }, "invalid_request");
    }
  });

  it("may hold no NUL, no half character and no endless nesting", { timeout: TIMEOUT_MS }, async () => {
    for (const operation of checked) {
      await refused(operation, { body: '{"a":{"b":"x\\u0000"}}' }, "invalid_request", "a.b");
      await refused(operation, { body: '{"a\\u0000":1}' }, "invalid_request");
      await refused(operation, { body: '{"a":"\\ud800"}' }, "invalid_request", "a");
      await refused(operation, { body: `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}` }, "invalid_request");
    }
  });

  it("may not be compressed, of whatever kind it is: nobody would unpack it", { timeout: TIMEOUT_MS }, async () => {
    for (const operation of operations.filter(({ body, rawBody, signed }) => !signed && (body || rawBody)))
      await refused(operation, { encoding: "gzip" }, "unsupported_media_type");
  });

  it("may hold no field that a program would lose on the way: __proto__, however deep", {
    timeout: TIMEOUT_MS,
  }, async () => {
    for (const operation of checked)
      await refused(operation, { body: '{"params":{"__proto__":1}}' }, "invalid_request", "params.__proto__");
  });

  it("may hold no unknown field: it is named", { timeout: TIMEOUT_MS }, async () => {
    for (const operation of checked.filter(({ path }) => !OPEN_REQUESTS.test(path)))
      await refused(operation, { body: '{"surprise":1}' }, "invalid_request", "surprise");
  });
});

describe("a path", () => {
  const TRICKS = ["..%2f..%2fetc%2fpasswd", "%00", "%E0%A4%A", "a%20b", "x".repeat(3_000), "__proto__", "'--"];

  it("that is made up leads nowhere", { timeout: TIMEOUT_MS }, async () => {
    for (const operation of operations.filter(({ params }) => params)) {
      for (const name of TRICKS) {
        const { status } = await problemOf(await send(operation, { name }));
        const { operationId } = operation;
        expect({ operationId, name, refused: status >= 400 && status < 500 }).toEqual({
          operationId,
          name,
          refused: true,
        });
      }
    }
  });

  it("answers 405 with what is allowed to every method that is not declared", { timeout: TIMEOUT_MS }, async () => {
    for (const path of new Set(operations.map((operation) => operation.path))) {
      const declared = operations.filter((operation) => operation.path === path);
      const methods = declared.map(({ method }) => method.toUpperCase());
      const allowed = [...methods, ...(methods.includes("GET") ? ["HEAD"] : [])].sort().join(", ");
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((name) => !methods.includes(name))) {
        const response = await call(path.replace(/\{\w+\*?\}/g, NAME), { method });
        const answer = { path, method, allow: response.headers.get("Allow"), code: (await problemOf(response)).code };
        expect(answer).toEqual({ path, method, allow: allowed, code: "method_not_allowed" });
      }
    }
  });
});
