/** Several files and chains on the command line: what is submitted, and where the results go. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, onTestFinished, test } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { createBatchRequestSchema } from "#contract/batch.ts";
import { describeJobType, JOB_TYPES } from "#contract/job-types/registry.ts";
import { fileSource } from "../../../cli/arguments/input-source.ts";
import { findType } from "../../../cli/arguments/job-request.ts";
import { type RunRequest, readRunRequest, splitSteps } from "../../../cli/arguments/run-request.ts";
import { batchOf, fileFolders, type RunBatchRequest, runBatch } from "../../../cli/jobs/run-batch.ts";
import { fakeSleep } from "../../helpers/fake-fetch.ts";

const BATCH = `bat_${"0".repeat(26)}`;
const jobId = (n: number) => `job_${String(n).padStart(26, "0")}`;
const types = JOB_TYPES.map((type) => describeJobType(type));

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "kiln-batch-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  for (const name of ["a.png", "b.png"]) await writeFile(join(dir, name), "picture");
  return dir;
}

const step = (name: string, params: Record<string, unknown> = {}) => ({ type: findType(types, name), params });

const request = (change: Partial<RunBatchRequest>): RunBatchRequest => ({
  chains: [[fileSource("/x/a.png")], [fileSource("/x/b.png")]],
  steps: [step("image-to-svg", { preset: "logo" })],
  roles: {},
  policy: {},
  out: { dir: "/nowhere", file: null },
  all: false,
  ...change,
});

/** What is asked for by a line that names files. */
async function readRequest(args: string[], cwd: string): Promise<RunRequest> {
  const read = await readRunRequest(args, types, { cwd, stdin: Readable.from([]) });
  if ("watch" in read) throw new Error("The line watches a folder.");
  return read;
}

test("a line is split at every --then, but not behind --", () => {
  expect(splitSteps(["a", "x.png", "--then", "b", "--n", "1", "--then=c", "--", "--then"])).toEqual([
    ["a", "x.png"],
    ["b", "--n", "1"],
    ["c", "--", "--then"],
  ]);
});

test("each step has the parameters behind its own name, and flags of the whole may stand anywhere", async () => {
  const dir = await folder();
  const line =
    "remove-background a.png b.png --then image-to-svg --preset logo -o made --then logo-to-3d --depth-mm 6 --all";
  const read = await readRequest(line.split(" "), dir);
  expect(read.steps.map(({ type, params }) => [type.name, params])).toEqual([
    ["remove-background", {}],
    ["image-to-svg", { preset: "logo" }],
    ["logo-to-3d", { depthMm: 6 }],
  ]);
  // A type that takes several files keeps them in one job.
  expect(read.chains).toEqual([[fileSource(join(dir, "a.png")), fileSource(join(dir, "b.png"))]]);
  expect([read.out, read.all]).toEqual([{ dir: join(dir, "made"), file: null }, true]);
  const single = await readRequest(["image-to-svg", "a.png", "b.png", "--no-cache"], dir);
  expect(single.chains).toEqual([[fileSource(join(dir, "a.png"))], [fileSource(join(dir, "b.png"))]]);
  expect(single.policy).toEqual({ cache: false });
});

test("files of one name each have a job under a key of their own", () => {
  const made = batchOf(request({ chains: [[fileSource("/x/a.png")], [fileSource("/y/a.png")]] }), [
    { upload: "upl_1" },
    { upload: "upl_2" },
  ]);
  expect(made.jobs.map(({ key, inputs }) => [key, inputs])).toEqual([
    ["a", [{ upload: "upl_1" }]],
    ["a-2", [{ upload: "upl_2" }]],
  ]);
});

test("in a chain each job takes the one before, of its own file; a role's file goes into the first", () => {
  const steps = ["remove-background", "image-to-svg", "logo-to-3d"].map((type) => step(type));
  const ids = ["a", "b", "c"].map((letter) => `upl_${letter.repeat(26)}`);
  const made = batchOf(
    request({ steps, roles: { background: "/x/sky.jpg" } }),
    ids.map((upload) => ({ upload })),
  );
  const [a, b, sky] = ids;
  expect(made.jobs.map(({ key, type, inputs }) => [key, type, inputs])).toEqual([
    ["a-step-1", "remove-background", [{ upload: a }, { upload: sky, role: "background" }]],
    ["a-step-2", "image-to-svg", [{ key: "a-step-1" }]],
    ["a", "logo-to-3d", [{ key: "a-step-2" }]],
    ["b-step-1", "remove-background", [{ upload: b }, { upload: sky, role: "background" }]],
    ["b-step-2", "image-to-svg", [{ key: "b-step-1" }]],
    ["b", "logo-to-3d", [{ key: "b-step-2" }]],
  ]);
  expect(createBatchRequestSchema.safeParse(made).success).toBe(true);
});

/** A server on which the jobs of a batch end in these states; every job makes one file that says which job it was. */
function serverWith(states: readonly string[]): typeof globalThis.fetch {
  let jobs: Record<string, unknown>[] = [];
  return async (input, init) => {
    const { method, url, body } = { method: "GET", ...init, url: String(input) };
    const path = new URL(url).pathname;
    if (path === "/v1/uploads") {
      const target = { partNumber: 1, bytes: 7, url: "http://kiln.test/files/x" };
      const upload = {
        id: "upl_1",
        mode: "single",
        bytes: 7,
        partBytes: 7,
        partCount: 1,
        parts: [],
        targets: [target],
      };
      return Response.json(upload, { status: 201 });
    }
    if (path === "/v1/batches") {
      jobs = (JSON.parse(body as string) as { jobs: { key: string; type: string }[] }).jobs.map(({ key, type }, i) => {
        const reason = states[i] === "failed" ? { code: "input_invalid", message: "No picture." } : null;
        return { number: i + 1, key, type, id: jobId(i + 1), state: states[i], percent: 100, error: reason };
      });
    }
    if (path.endsWith("/events")) {
      const end = { seq: 1, at: 0, kind: "status", data: { state: "finished", counts: {}, percent: 100 } };
      return new Response(`id: 1\ndata: ${JSON.stringify(end)}\n\n`, {
        headers: { "Content-Type": "text/event-stream" },
      });
    }
    if (path.endsWith("/jobs")) return Response.json({ jobs, cursor: null });
    if (path.includes("/artifacts/")) return new Response(path.split("/").at(-3));
    if (path.startsWith("/v1/batches"))
      return Response.json({ id: BATCH, size: jobs.length, seq: 1, state: "finished" });
    if (method === "GET") return Response.json({ id: path.split("/").at(-1), manifest: { artifacts: [] } });
    return Response.json({ id: "upl_1" });
  };
}

test("what succeeded is saved in a folder for each file, and what failed is told with its reason", async () => {
  const dir = await folder();
  const kiln = new Kiln({ api: "http://kiln.test", fetch: serverWith(["succeeded", "failed"]), ...fakeSleep() });
  const asked = request({
    chains: [[fileSource(join(dir, "a.png"))], [fileSource(join(dir, "b.png"))]],
    out: { dir: join(dir, "out"), file: null },
  });
  const { saved, failures } = await runBatch(kiln, asked);
  expect(await readdir(join(dir, "out"))).toEqual(["a"]);
  expect(await readFile(join(dir, "out/a/manifest.json"), "utf8")).toBe(jobId(1));
  expect(saved.map(({ files }) => files.length)).toEqual([1, 0]);
  expect(failures.map(({ key, error }) => [key, error?.message])).toEqual([["b", "No picture."]]);
});

test("of a chain the last job's files are saved, with --all every job's in a folder of its own", async () => {
  const dir = await folder();
  const steps = ["remove-background", "image-to-svg"].map((type) => step(type));
  for (const all of [false, true]) {
    const fetch = serverWith(["succeeded", "succeeded"]);
    const outDir = join(dir, all ? "all" : "last");
    const kiln = new Kiln({ api: "http://kiln.test", fetch, ...fakeSleep() });
    await runBatch(
      kiln,
      request({ chains: [[fileSource(join(dir, "a.png"))]], steps, out: { dir: outDir, file: null }, all }),
    );
  }
  expect(await readFile(join(dir, "last/manifest.json"), "utf8")).toBe(jobId(2));
  expect((await readdir(join(dir, "all"))).toSorted()).toEqual(["1-remove-background", "2-image-to-svg"]);
  expect(await readFile(join(dir, "all/1-remove-background/manifest.json"), "utf8")).toBe(jobId(1));
});

test("folders are called as the files, in any script, and differ to any disk", () => {
  const names = ["ロゴ.png", "a b.svg", "Logo.png", "logo.svg", "x\ny.png", ".png", "...", "no-ending"];
  expect(fileFolders(names)).toEqual(["ロゴ", "a b", "Logo", "logo-2", "x-y", "png", "file", "no-ending"]);
});
