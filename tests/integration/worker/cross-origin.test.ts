/** Whose pages may call. */
import { expect, it } from "vitest";
import { resources } from "../../../worker/app.ts";
import { type Env, readConfig } from "../../../worker/env.ts";
import { type LimitedCall, limitedWorker } from "../../helpers/limited-worker.ts";

const SHOP = "https://shop.example";
const STUDIO = "http://localhost:5173";
const listed = limitedWorker({ CORS_ORIGINS: `${SHOP}, ${STUDIO}` });
const everybody = limitedWorker({ CORS_ORIGINS: "*" });
const nobody = limitedWorker({});

/** Every declared call, with something in place of what varies. */
const CALLS = resources.flatMap(({ operations }) =>
  operations.map(({ method, path, access }) => ({
    method: method.toUpperCase(),
    path: path.replace(/\{[^}]+\}/g, "x"),
    isForPages: access !== "runner" && access !== "admin",
  })),
);

/** What a browser asks before a page of `origin` may send this. */
function preflight(worker: LimitedCall, { path, method }: { path: string; method: string }, origin: string) {
  return worker(path, {
    method: "OPTIONS",
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": method,
      "Access-Control-Request-Headers": "content-type,idempotency-key,kiln-session",
    },
  });
}

const allowedOrigin = (response: Response) => response.headers.get("Access-Control-Allow-Origin");

it("a listed origin's preflight of every public call is answered, and kept", async () => {
  const ofPages = CALLS.filter(({ isForPages }) => isForPages);
  expect(ofPages.length).toBeGreaterThan(30);
  for (const call of ofPages) {
    const answer = await preflight(listed, call, SHOP);
    expect([call.path, answer.status, allowedOrigin(answer)]).toEqual([call.path, 204, SHOP]);
    expect(answer.headers.get("Access-Control-Allow-Methods")?.split(",")).toContain(call.method);
    expect(answer.headers.get("Access-Control-Allow-Headers")).toBe("content-type,idempotency-key,kiln-session");
    expect(Number(answer.headers.get("Access-Control-Max-Age"))).toBeGreaterThan(600);
    expect(answer.headers.get("Vary")).toContain("Origin");
  }
});

it("what runners and the operator call has nothing for pages, not even for all origins", async () => {
  const others = CALLS.filter(({ isForPages }) => !isForPages);
  expect(others.length).toBeGreaterThan(10);
  for (const call of others) {
    const answers = [
      await preflight(everybody, call, SHOP),
      await everybody(call.path, { method: call.method, headers: { Origin: SHOP } }),
    ];
    for (const { headers } of answers) {
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  }
});

it.each([
  "https://evil.example",
  "https://shop.example.evil.example",
  "http://shop.example",
  "https://shop.example:8443",
  "null",
])("%s is not let in by a list it is not on", async (origin) => {
  for (const answer of [
    await preflight(listed, { path: "/v1/jobs", method: "POST" }, origin),
    await listed("/v1/job-types", { headers: { Origin: origin } }),
  ]) {
    expect(allowedOrigin(answer)).toBeNull();
    expect(answer.headers.get("Vary")).toContain("Origin");
  }
});

it("answers, errors included, may be read by the listed origins, with the headers a client needs", async () => {
  for (const [path, status] of [
    ["/v1/job-types", 200],
    ["/v1/jobs/nothing", 404],
    ["/files/uploads/x", 403],
    ["/v1/nothing", 404],
  ] as const) {
    for (const origin of [SHOP, STUDIO]) {
      const answer = await listed(path, { headers: { Origin: origin } });
      expect([path, answer.status, allowedOrigin(answer)]).toEqual([path, status, origin]);
      const exposed = answer.headers.get("Access-Control-Expose-Headers")?.split(",") ?? [];
      for (const name of ["Location", "ETag", "RateLimit", "Retry-After", "X-Request-Id", "Content-Range"]) {
        expect(exposed).toContain(name);
      }
    }
  }
});

it("an answer differs by origin, and says so to caches, when no origin was sent too", async () => {
  expect((await listed("/v1/job-types")).headers.get("Vary")).toContain("Origin");
});

it("* lets every page in, and no cookies", async () => {
  const answer = await everybody("/v1/job-types", { headers: { Origin: "null" } });
  expect(allowedOrigin(answer)).toBe("*");
  expect(answer.headers.has("Access-Control-Allow-Credentials")).toBe(false);
});

it("cookies are for listed origins only, and when the operator says so", async () => {
  const withCookies = limitedWorker({ CORS_ORIGINS: SHOP, CORS_CREDENTIALS: "true" });
  const answer = await withCookies("/v1/job-types", { headers: { Origin: SHOP } });
  expect(answer.headers.get("Access-Control-Allow-Credentials")).toBe("true");
  const other = await withCookies("/v1/job-types", { headers: { Origin: STUDIO } });
  expect(allowedOrigin(other)).toBeNull();
});

it("without CORS_ORIGINS no page of another site may read anything", async () => {
  const answer = await nobody("/v1/job-types", { headers: { Origin: SHOP } });
  expect(answer.status).toBe(200);
  expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
});

it.each([
  ["https://shop.example/", "is not an origin"],
  ["shop.example", "is not an origin"],
  ["https://*.example", "is not an origin"],
  ["https://shop.example,*", "is not an origin"],
  ["null", "is not an origin"],
])("CORS_ORIGINS=%s is refused when the Worker starts", (CORS_ORIGINS, why) => {
  const variables = {
    SIGNING_KEYS: `a:${btoa("n".repeat(32))}`,
    RUNNER_KEY: "r".repeat(32),
    KEY_PEPPER: "p".repeat(32),
  };
  expect(() => readConfig({ ...variables, CORS_ORIGINS } as unknown as Env)).toThrow(why);
  expect(() => readConfig({ ...variables, CORS_ORIGINS: "*", CORS_CREDENTIALS: "true" } as unknown as Env)).toThrow(
    "every page",
  );
});
