/** Jobs whose inputs are files of other jobs: they wait, take the right file, and end when those end. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { DEFAULT_JOB_TTL_S, DEPENDENCY_CONFIRM_MS, RETENTION_S } from "#contract/limits.ts";
import type { Env } from "../../../worker/env.ts";
import { becomes, failHard, finishWith, leased, leaseOf, submit } from "../../helpers/chain-runner.ts";
import {
  API_KEY,
  call,
  OTHER_API_KEY,
  post,
  problemOf,
  readJob,
  settleWork,
  storedKeys,
  submitEcho,
  uploadText,
} from "../../helpers/worker-api.ts";

const { JOBS } = env as unknown as Env;

const cutout = async () =>
  submit({ type: "remove-background", inputs: [{ upload: (await uploadText("picture")).id }] });
const trace = (job: string, rest = {}) => submit({ type: "image-to-svg", inputs: [{ job, ...rest }] });
const solid = (job: string, rest = {}) => submit({ type: "logo-to-3d", inputs: [{ job, ...rest }] });
const tick = (id: string) => runDurableObjectAlarm(JOBS.get(JOBS.idFromName(id)));
const jump = (ms: number) => vi.setSystemTime(Date.now() + ms);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a job whose input is a file of a job that is not over", () => {
  it("goes through a whole chain, each job taking the file that the one before was run for", async () => {
    const first = await cutout();
    const second = await trace(first.id);
    const third = await solid(second.id);
    expect([second.state, third.state]).toEqual(["waiting", "waiting"]);
    expect(second.inputs).toMatchObject([{ job: first.id, artifact: null, bytes: 0, upload: null }]);
    expect(await leaseOf("image-to-svg", "logo-to-3d")).toBeNull();

    // Pictures that image-to-svg could take as well come first.
    await finishWith(await leased("remove-background"), "preview.webp", "before-0001.webp", "mask.png", "cutout.png");
    const tracing = await leased("image-to-svg");
    expect(tracing.jobId).toBe(second.id);
    expect(tracing.inputs).toMatchObject([{ filename: "cutout.png", contentType: "image/png" }]);
    expect(await (await call(tracing.inputs[0]?.url ?? "")).text()).toBe(`cutout.png of ${first.id}`);

    await finishWith(tracing, "before.webp", "preview.webp", "image.png", "image.svg");
    const building = await leased("logo-to-3d");
    expect(building.inputs).toMatchObject([{ filename: "image.svg", contentType: "image/svg+xml" }]);
    await finishWith(building, "model.glb");
    await becomes(third.id, "succeeded");
    expect((await readJob(third.id)).inputs).toMatchObject([{ job: second.id, artifact: "image.svg" }]);
  });

  it("takes the file it names, and fails when that job succeeds without it", async () => {
    const first = await cutout();
    const named = await trace(first.id, { artifact: "mask.png" });
    const absent = await trace(first.id, { artifact: "cutout.webp" });
    await finishWith(await leased("remove-background"), "cutout.png", "mask.png");
    const bytes = `mask.png of ${first.id}`.length;
    expect((await becomes(named.id, "queued")).inputs).toMatchObject([{ artifact: "mask.png", bytes }]);
    const { error } = await becomes(absent.id, "failed");
    expect(error?.code).toBe("dependency_failed");
    expect(error?.job).toBe(first.id);
    expect(error?.message).toMatch(/^The job remove-background \(in\.txt\), .* it has no file cutout\.webp\./);
  });

  it("fails when none of the main files is one it takes", async () => {
    const first = await cutout();
    const second = await trace(first.id);
    await finishWith(await leased("remove-background"), "before-0001.webp", "after-0001.webp", "cutouts.zip");
    expect((await becomes(second.id, "failed")).error).toMatchObject({ code: "dependency_failed" });
  });

  it.each([
    ["fails", async () => failHard(await leased("remove-background"), "It is no picture.")],
    ["is cancelled", async (id: string) => post(`/v1/jobs/${id}/cancel`, {})],
    [
      "expires",
      async (id: string) => {
        jump(DEFAULT_JOB_TTL_S * 1000 + 1);
        await tick(id);
      },
    ],
  ])("fails with all that wait for it in turn when that job %s", async (_, end) => {
    const first = await cutout();
    const second = await trace(first.id);
    const third = await solid(second.id);
    await end(first.id);
    const { error, inputs } = await becomes(third.id, "failed");
    expect(error).toMatchObject({ code: "dependency_failed", job: first.id });
    expect(error).toEqual((await readJob(second.id)).error);
    // In words that mean something to who submitted it.
    expect(error?.message).toMatch(/^The job remove-background \(in\.txt\), which this one builds on, /);
    for (const text of [error?.message, ...inputs.map(({ filename }) => filename)]) expect(text).not.toContain("job_");
  });

  it("waits for all of several jobs", async () => {
    const [one, two] = [await cutout(), await cutout()];
    const both = await submit({ type: "animate", inputs: [{ job: one.id }, { job: two.id }] });
    await finishWith(await leased("remove-background"), "cutout.png");
    await vi.waitFor(async () => {
      const { state, inputs } = await readJob(both.id);
      expect(state).toBe("waiting");
      expect(inputs.map(({ bytes }) => bytes > 0).sort()).toEqual([false, true]);
    });
    await finishWith(await leased("remove-background"), "cutout.png");
    await becomes(both.id, "queued");
  });

  it("can be cancelled, and tried again: it waits again", async () => {
    const first = await cutout();
    const second = await trace(first.id);
    expect(((await (await post(`/v1/jobs/${second.id}/cancel`, {})).json()) as Job).state).toBe("canceled");
    const again = (await (await post(`/v1/jobs/${second.id}/retry`, {})).json()) as Job;
    expect(again.state).toBe("waiting");
    await finishWith(await leased("remove-background"), "cutout.png");
    await becomes(second.id, "queued");
  });

  it("is tried again by hand after the job it needs was", async () => {
    const first = await cutout();
    const second = await trace(first.id);
    await failHard(await leased("remove-background"));
    await becomes(second.id, "failed");
    await post(`/v1/jobs/${first.id}/retry`, {});
    await post(`/v1/jobs/${second.id}/retry`, {});
    expect((await readJob(second.id)).state).toBe("waiting");
    await finishWith(await leased("remove-background"), "cutout.png");
    await becomes(second.id, "queued");
  });

  it("counts the time to its start from when its inputs are there", async () => {
    const first = await cutout();
    const second = await submit({ type: "image-to-svg", inputs: [{ job: first.id }], policy: { ttlS: 60 } });
    jump(120_000);
    await tick(second.id);
    expect((await readJob(second.id)).state).toBe("waiting");
    await finishWith(await leased("remove-background"), "cutout.png");
    await becomes(second.id, "queued");
    jump(61_000);
    await tick(second.id);
    await becomes(second.id, "expired");
  });

  it("asks by itself when nobody told it", async () => {
    const first = await cutout();
    const second = await trace(first.id);
    await tick(second.id);
    // As if the message had been lost: the parent forgets whom to tell.
    const stub = JOBS.get(JOBS.idFromName(first.id)) as unknown as { letGo(holder: string): Promise<unknown> };
    await stub.letGo(second.id);
    await finishWith(await leased("remove-background"), "cutout.png");
    expect((await readJob(second.id)).state).toBe("waiting");
    jump(DEPENDENCY_CONFIRM_MS + 1);
    await tick(second.id);
    await becomes(second.id, "queued");
  });

  it("keeps the files it needs, and lets them go with its own", async () => {
    const first = await cutout();
    const second = await trace(first.id);
    await finishWith(await leased("remove-background"), "cutout.png");
    await becomes(second.id, "queued");
    await post(`/v1/jobs/${second.id}/cancel`, {});
    jump(RETENTION_S * 1000 + 1);
    await tick(first.id);
    expect((await readJob(first.id)).purgedAt).toBeNull();
    expect((await problemOf(await call(`/v1/jobs/${first.id}`, { method: "DELETE" }))).code).toBe("job_conflict");
    expect((await call(`/v1/jobs/${second.id}`, { method: "DELETE" })).status).toBe(204);
    await settleWork();
    expect((await readJob(first.id)).purgedAt).not.toBeNull();
    expect(await storedKeys("jobs/")).toEqual([]);
  });

  it("gives a rerun the same inputs", async () => {
    const first = await cutout();
    const second = await trace(first.id);
    await finishWith(await leased("remove-background"), "cutout.png");
    await finishWith(await leased("image-to-svg"), "image.svg");
    const response = await post(`/v1/jobs/${second.id}/rerun`, { params: { preset: "logo" } });
    const again = (await response.json()) as Job;
    expect(again).toMatchObject({ state: "queued", inputs: [{ job: first.id, artifact: "cutout.png" }] });
  });
});

describe("an input that can't be", () => {
  const refusal = async (body: Record<string, unknown>, headers = {}) =>
    problemOf(await post("/v1/jobs", body, headers));

  it("is refused by its path when that job is not known, someone else's, or over without a file", async () => {
    const mine = { "X-API-Key": API_KEY };
    const theirs = await submitEcho();
    const input = (job: string) => ({ type: "image-to-svg", inputs: [{ job }] });
    const unknown = await refusal(input(`job_${"0".repeat(26)}`));
    expect(unknown).toMatchObject({ code: "job_not_found", errors: [{ path: "inputs.0.job" }] });
    const own = (await (await post("/v1/jobs", { type: "echo" }, mine)).json()) as Job;
    const other = await refusal(input(own.id), { "X-API-Key": OTHER_API_KEY });
    expect(other.code).toBe("job_not_found");
    await post(`/v1/jobs/${theirs.id}/cancel`, {});
    const over = await refusal({ type: "echo", inputs: [{ job: theirs.id }] });
    expect(over).toMatchObject({ code: "dependency_failed", status: 422, errors: [{ path: "inputs.0.job" }] });
  });

  it("is refused at once when the job's type never writes such a file, or writes what is not taken", async () => {
    const first = await cutout();
    const named = (artifact: string) => ({ type: "logo-to-3d", inputs: [{ job: first.id, artifact }] });
    expect(await refusal(named("model.glb"))).toMatchObject({ status: 400, errors: [{ path: "inputs.0.artifact" }] });
    expect(await refusal(named("cutouts.zip"))).toMatchObject({ status: 400, errors: [{ path: "inputs.0.artifact" }] });
    const unfit = await refusal({ type: "text-to-3d", params: { text: "x" }, inputs: [{ job: first.id }] });
    expect(unfit).toMatchObject({ status: 400, errors: [{ path: "inputs.0.job" }] });
  });
});
