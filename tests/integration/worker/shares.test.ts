/** Links that show one job to whoever has them. */
import { describe, expect, it, vi } from "vitest";
import type { Job } from "#contract/job.ts";
import { DEFAULT_SHARE_TTL_S, MAX_SHARES_PER_JOB, SHARED_GET_TTL_S } from "#contract/limits.ts";
import { type Share, type ShareList, sharedJobSchema, shareSchema } from "#contract/share.ts";
import { API_KEY, call, finishEcho, lease, ORIGIN, post, problemOf, uploadText } from "../../helpers/worker-api.ts";

type Headers = Record<string, string>;

const mine: Headers = { "X-API-Key": API_KEY };

/** A finished job of the first account, made of a file with a name that is nobody's business. */
async function finished(): Promise<Job> {
  const upload = await uploadText("secret plans", mine);
  const body = { type: "echo", inputs: [{ upload: upload.id }], policy: { cache: false } };
  const job = (await (await post("/v1/jobs", body, mine)).json()) as Job;
  const held = await lease();
  if (!held) throw new Error("there is no job");
  expect((await finishEcho(held, "the result")).status).toBe(200);
  return job;
}

async function share(id: string, body: unknown = {}, headers = mine): Promise<Share> {
  const response = await post(`/v1/jobs/${id}/shares`, body, headers);
  expect(response.status).toBe(201);
  return shareSchema.strict().parse(await response.json());
}

async function list(id: string): Promise<Share[]> {
  return ((await (await call(`/v1/jobs/${id}/shares`, { headers: mine })).json()) as ShareList).shares;
}

const revoke = (id: string, shareId: string) =>
  call(`/v1/jobs/${id}/shares/${shareId}`, { method: "DELETE", headers: mine });

describe("a share link", () => {
  it("shows the job and its files to whoever has it, and nothing of its owner or its inputs", async () => {
    const { id, inputs } = await finished();
    const { token, url } = await share(id);
    expect(url).toBe(`${ORIGIN}/s/${token}`);
    const response = await call(`/v1/shares/${token}`);
    const text = await response.text();
    const seen = sharedJobSchema.strict().parse(JSON.parse(text));
    expect(seen).toMatchObject({ type: "echo", state: "succeeded", manifest: { artifacts: [{ name: "echo.txt" }] } });
    for (const secret of [id, inputs[0]?.upload ?? "", "in.txt", "acc_", "runner"]) expect(text).not.toContain(secret);
    const file = await call(`/v1/shares/${token}/artifacts/echo.txt`, { redirect: "manual" });
    expect(file.status).toBe(302);
    const place = file.headers.get("Location") ?? "";
    expect(place).not.toContain("in-echo.txt");
    expect(await (await call(place)).text()).toBe("the result");
    expect((await call(`/v1/shares/${token}/artifacts/manifest.json`)).status).toBe(200);
    expect((await problemOf(await call(`/v1/shares/${token}/artifacts/other.glb`))).code).toBe("artifact_not_found");
  });

  it("gives no right to anything else: the job's own calls stay closed", async () => {
    const { id } = await finished();
    const { token } = await share(id);
    for (const headers of [{ "X-API-Key": token }, { Authorization: `Bearer ${token}` }] as Headers[]) {
      expect((await call(`/v1/jobs/${id}`, { headers })).status).toBe(401);
    }
    expect((await call(`/v1/jobs/${id}`)).status).toBe(404);
    for (const path of [`${token}/cancel`, `${token}/shares`])
      expect((await post(`/v1/shares/${path}`, {})).status).toBe(404);
    expect((await call(`/v1/shares/${token}`, { method: "DELETE" })).status).toBe(405);
  });

  it("ends when it is revoked, at once; the others go on", async () => {
    const { id } = await finished();
    const [first, second] = [await share(id), await share(id)];
    expect(await list(id)).toEqual([first, second]);
    expect((await revoke(id, first.id)).status).toBe(204);
    expect((await problemOf(await call(`/v1/shares/${first.token}`))).code).toBe("gone");
    expect((await problemOf(await call(`/v1/shares/${first.token}/artifacts/echo.txt`))).code).toBe("gone");
    expect((await call(`/v1/shares/${second.token}`)).status).toBe(200);
    expect(await list(id)).toEqual([second]);
    expect((await problemOf(await revoke(id, first.id))).code).toBe("share_not_found");
  });

  it("ends when its time is over, and the URL of a file that it has led to soon after", async () => {
    const { id } = await finished();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const { token, createdAt, expiresAt } = await share(id, { ttlS: 60 });
    expect(expiresAt - createdAt).toBe(60_000);
    const file =
      (await call(`/v1/shares/${token}/artifacts/echo.txt`, { redirect: "manual" })).headers.get("Location") ?? "";
    vi.setSystemTime(expiresAt);
    expect((await problemOf(await call(`/v1/shares/${token}`))).code).toBe("gone");
    expect(await list(id)).toEqual([]);
    expect((await call(file)).status).toBe(200);
    vi.setSystemTime(createdAt + (SHARED_GET_TTL_S + 1) * 1_000);
    expect((await call(file)).status).toBe(403);
  });

  it("says that the files are gone when the job is deleted", async () => {
    const { id } = await finished();
    const { token } = await share(id);
    expect((await call(`/v1/jobs/${id}`, { method: "DELETE", headers: mine })).status).toBe(204);
    expect(await (await call(`/v1/shares/${token}`)).json()).toMatchObject({ purgedAt: expect.any(Number) });
    expect((await problemOf(await call(`/v1/shares/${token}/artifacts/echo.txt`))).code).toBe("gone");
    expect((await problemOf(await post(`/v1/jobs/${id}/shares`, {}, mine))).code).toBe("gone");
  });

  it("is made once however often the call is repeated, works a week unless told, and there are so many at most", async () => {
    const { id } = await finished();
    const again = { ...mine, "Idempotency-Key": "share-1" };
    const first = await share(id, {}, again);
    expect(await share(id, {}, again)).toEqual(first);
    expect(first.expiresAt - first.createdAt).toBe(DEFAULT_SHARE_TTL_S * 1_000);
    for (let n = 1; n < MAX_SHARES_PER_JOB; n++) await share(id);
    expect((await problemOf(await post(`/v1/jobs/${id}/shares`, {}, mine))).code).toBe("share_limit");
  });

  it("can't be made of a job that is nobody's, which everybody who knows its id may change", async () => {
    const { id } = (await (await post("/v1/jobs", { type: "echo" })).json()) as Job;
    expect((await problemOf(await post(`/v1/jobs/${id}/shares`, {}))).code).toBe("forbidden");
  });

  it("that was made up shows nothing", async () => {
    for (const token of ["", "a", `${"a".repeat(26)}.${"b".repeat(26)}.zz.new.${"c".repeat(43)}`, "..%2F..", "%00"]) {
      expect((await call(`/v1/shares/${token}`)).status).toBe(404);
      expect((await call(`/v1/shares/${token}/artifacts/echo.txt`)).status).toBe(404);
    }
  });

  it("is not made for less than a minute, more than a year, or parts of a second", async () => {
    const { id } = (await (await post("/v1/jobs", { type: "echo" }, mine)).json()) as Job;
    for (const ttlS of [59, 31_536_001, 60.5, "60"]) {
      const problem = await problemOf(await post(`/v1/jobs/${id}/shares`, { ttlS }, mine));
      expect(problem).toMatchObject({ status: 400, errors: [{ path: "ttlS" }] });
    }
  });
});
