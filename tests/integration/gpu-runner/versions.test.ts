/** This runner, as a program, on a Worker of another version: the one before, one that is too old, one that is too new. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import * as v1 from "../../fixtures/runner-api-v1/schemas.ts";
import { type Handler, json, problem, startHttpServer } from "../../helpers/http-server.ts";
import { makeLease } from "../../helpers/runner-fixtures.ts";
import { startRunner } from "../../helpers/runner-program.ts";
import { tempDir } from "./process/fixtures.ts";

const STATUS = { ttlMs: 60_000, cancel: false };

/** The routes of version 1: what each takes, and answers. */
const ROUTES: Record<string, { takes: z.ZodType; answers: object }> = {
  register: { takes: v1.registerRequestSchema, answers: { heartbeatMs: 15_000, pollMs: 15_000 } },
  extend: { takes: v1.extendRequestSchema, answers: STATUS },
  progress: { takes: v1.progressRequestSchema, answers: STATUS },
  logs: { takes: v1.logsRequestSchema, answers: STATUS },
  artifacts: { takes: v1.artifactRequestSchema, answers: { url: "/files/artifact" } },
  checkpoints: { takes: v1.checkpointRequestSchema, answers: { url: "/files/checkpoint" } },
  "checkpoints/list": { takes: v1.checkpointListRequestSchema, answers: {} },
  complete: { takes: v1.completeRequestSchema, answers: { state: "succeeded" } },
  fail: { takes: v1.failRequestSchema, answers: { state: "failed" } },
  release: { takes: v1.releaseRequestSchema, answers: { state: "queued" } },
};

/** A Worker of version 1 that has one job, one part of which an earlier attempt has kept. */
function workerOfVersion1(params: Record<string, unknown>) {
  const calls: { readonly name: string; readonly body: unknown }[] = [];
  const kept = "part-002.txt";
  const sha256 = createHash("sha256").update(kept).digest("hex");
  const checkpoints = [{ name: kept, bytes: kept.length, sha256, url: "/files/kept" }];
  let leases = [v1.leaseSchema.parse(makeLease({ type: "echo", params, attempt: 2 }))];
  const handler: Handler = (request, response) => {
    const name = request.url.replace(/^\/runner\/v1\/(jobs\/[^/]+\/)?/, "");
    if (request.url === "/files/kept") return void response.writeHead(200).end(kept);
    if (request.method === "PUT") return json(200, {})(request, response);
    const body: unknown = JSON.parse(request.body);
    const answer = (takes: z.ZodType, what: object | null) => {
      calls.push({ name, body: takes.parse(body) });
      return what ? json(200, what)(request, response) : void response.writeHead(204).end();
    };
    if (name === "lease") {
      const [lease = null] = leases;
      leases = [];
      return answer(v1.leaseRequestSchema, lease);
    }
    const route = ROUTES[name];
    if (!route) {
      calls.push({ name, body: null });
      return problem(404, "not_found", "There is no such address.")(request, response);
    }
    return answer(route.takes, name === "checkpoints/list" ? { checkpoints } : route.answers);
  };
  return { calls, handler };
}

async function start(handler: Handler) {
  const { url } = await startHttpServer(handler);
  return startRunner({ KILN_API: url, KILN_WORK_DIR: await tempDir(), KILN_RUNNER_MODE: "drain" });
}

describe("on a Worker of the version before", () => {
  test("does a whole job, with its parts, checkpoints and artifacts, by calls that the Worker understands", async () => {
    const { calls, handler } = workerOfVersion1({ text: "hi", parts: 4, sleepMs: 50 });
    const runner = await start(handler);
    expect(await runner.code, runner.stderr()).toBe(0);
    const count = (name: string) => calls.filter((call) => call.name === name).length;
    expect({ parts: count("parts"), kept: count("checkpoints"), artifacts: count("artifacts") }).toEqual({
      parts: 1,
      kept: 3,
      artifacts: 1,
    });
    expect(calls.find(({ name }) => name === "complete")?.body).toMatchObject({
      manifest: { report: { parts: 4, resumedParts: 1, partsByOthers: 0 } },
    });
    expect(count("fail") + count("release")).toBe(0);
  });
});

describe("ends with 3 and says why", () => {
  test("when the Worker takes it no more", async () => {
    const detail = "This runner speaks version 2 of the runner API, 9 is the oldest that works. Update the runner.";
    const runner = await start(problem(426, "upgrade_required", detail));
    expect(await runner.code).toBe(3);
    expect(runner.stderr()).toContain(detail);
  });

  test("when the Worker is older than any it works with", async () => {
    const runner = await start(json(200, { heartbeatMs: 15_000, pollMs: 15_000, apiVersion: 0 }));
    expect(await runner.code).toBe(3);
    expect(runner.stderr()).toMatch(/the Worker speaks version 0 .* Update the Worker\./);
  });
});

test("fields of a later version in the Worker's answers are passed over", async () => {
  const { calls, handler } = workerOfVersion1({ text: "hi" });
  const later: Handler = (request, response) => {
    const end = response.end.bind(response);
    response.end = ((content?: string) => {
      const isAnswer = content?.startsWith("{") === true;
      return end(isAnswer ? JSON.stringify({ ...JSON.parse(content), later: { nested: [1] } }) : content);
    }) as typeof response.end;
    handler(request, response);
  };
  const runner = await start(later);
  expect(await runner.code, runner.stderr()).toBe(0);
  expect(calls.map(({ name }) => name)).toContain("complete");
});
