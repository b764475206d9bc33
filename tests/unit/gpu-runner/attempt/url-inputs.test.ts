/** Inputs by URL in an attempt: fetched, told of, and held against what the job is about. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lease } from "../../../../contract/runner-api.ts";
import { Attempt } from "../../../../gpu-runner/attempt/attempt.ts";
import type { Engines } from "../../../../gpu-runner/engines/engines.ts";
import type { JobContext, Recipe } from "../../../../gpu-runner/jobs/job.ts";
import { FakeRunnerApi } from "../../../helpers/fake-runner-api.ts";
import { startHttpServer } from "../../../helpers/http-server.ts";
import { ManualClock } from "../../../helpers/manual-clock.ts";
import { makeLease, makeRecipe, silentLog } from "../../../helpers/runner-fixtures.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const copy = async ({ inputs, outDir }: JobContext) =>
  writeFile(join(outDir, "a.txt"), await readFile(inputs[0]?.path ?? ""));

let workRoot: string;
let api: FakeRunnerApi;
beforeEach(async () => {
  workRoot = await mkdtemp(join(tmpdir(), "kiln-test-"));
  api = new FakeRunnerApi();
});
afterEach(() => rm(workRoot, { recursive: true }));

function input(url: string, hash: string | null = null): Lease["inputs"][number] {
  const file = { filename: "in.png", bytes: 0, contentType: "application/octet-stream", role: null };
  return { url, ...file, fetch: { sha256: hash } };
}

function run(inputs: Lease["inputs"], { recipe = makeRecipe(copy), allowPrivateUrls = true } = {}) {
  const deps = { recipes: new Map([["test", recipe]]), engines: {} as Engines, clock: new ManualClock() };
  return new Attempt(makeLease({ inputs }), { api, ...deps, workRoot, allowPrivateUrls, log: silentLog }).run();
}

const failure = () => api.of("fail")[0]?.slice(1, 3);
const serve = (text: string) => startHttpServer((_, response) => response.writeHead(200).end(text));

describe("an input by URL", () => {
  test("is worked on like any other, and told of before the work begins", async () => {
    const { url } = await serve("hello");
    expect(await run([input(`${url}/in.png`)])).toBe("succeeded");
    expect(api.artifacts.get("a.txt")).toBe("hello");
    const told = { index: 0, bytes: 5, sha256: sha256("hello"), contentType: "application/octet-stream" };
    expect(api.of("noteInput")).toMatchObject([[{ leaseId: expect.any(String) }, told, expect.anything()]]);
    expect(api.calls.findIndex(({ name }) => name === "noteInput")).toBeLessThan(
      api.calls.findIndex(({ name }) => name === "putArtifact"),
    );
    expect(api.of("logs").flat(3)).toContainEqual("Fetched in.png from 127.0.0.1, 5 bytes");
  });

  test("that is another file than the job began with, or asked for, fails it for good", async () => {
    const { url } = await serve("other");
    expect(await run([input(url, sha256("hello"))])).toBe("failed");
    expect(failure()).toMatchObject([
      { code: "input_changed", message: expect.stringContaining(sha256("other")) },
      false,
    ]);
    expect(api.of("noteInput")).toEqual([]);
  });

  test("that is the same file again is no news to anybody but the Worker", async () => {
    const { url } = await serve("hello");
    expect(await run([input(url, sha256("hello"))])).toBe("succeeded");
  });

  test("on a private address is not asked for unless the runner was told so", async () => {
    const { url, requests } = await serve("private");
    expect(await run([input(url)], { allowPrivateUrls: false })).toBe("failed");
    expect(failure()).toMatchObject([{ code: "input_unreachable" }, false]);
    expect(requests).toEqual([]);
  });

  test("that is too large for the type, or not there for the moment, says which", async () => {
    const { url } = await serve("x".repeat(101));
    expect(await run([input(url)])).toBe("failed");
    expect(failure()).toMatchObject([{ code: "input_too_large" }, false]);
    api = new FakeRunnerApi();
    const busy = await startHttpServer((_, response) => response.writeHead(503).end());
    expect(await run([input(busy.url)])).toBe("failed");
    expect(failure()).toMatchObject([{ code: "input_unreachable" }, true]);
  });

  test("that turns out to be a web page is refused with what to do, where a type takes none", async () => {
    const { url } = await serve("\n<!DOCTYPE html><title>Photo</title>");
    const recipe = makeRecipe(copy);
    const picky: Recipe = {
      ...recipe,
      type: { ...recipe.type, inputs: { ...recipe.type.inputs, accept: ["image/png"] } },
    };
    expect(await run([input(url)], { recipe: picky })).toBe("failed");
    expect(failure()).toMatchObject([{ code: "input_invalid", message: expect.stringContaining("web page") }, false]);
    api = new FakeRunnerApi();
    expect(await run([input(url)])).toBe("succeeded");
  });
});
