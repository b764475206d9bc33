/** API keys and runner keys: made, listed, used, ended. */
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { type ApiKey, type ApiKeyList, type ApiKeyWithSecret, apiKeyWithSecretSchema } from "#contract/access.ts";
import type { Job } from "#contract/job.ts";
import { KEY_CACHE_MS, MAX_KEYS_PER_ACCOUNT } from "#contract/limits.ts";
import { kindOfKey } from "../../../worker/domain/api-key.ts";
import type { Env } from "../../../worker/env.ts";
import { json, limitedWorker } from "../../helpers/limited-worker.ts";
import { ACCOUNT, newKey, STORED_RUNNER_KEY, storeKey } from "../../helpers/test-keys.ts";
import {
  ADMIN_KEY,
  API_KEY,
  adminCall,
  call,
  OTHER_API_KEY,
  post,
  problemOf,
  RUNNER_KEY,
} from "../../helpers/worker-api.ts";

const { DB } = env as unknown as Env;
const mine = { "X-API-Key": API_KEY };
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });

async function create(body: unknown, headers: Record<string, string> = mine): Promise<ApiKeyWithSecret> {
  const response = await post("/v1/keys", body, headers);
  expect(response.status).toBe(201);
  return apiKeyWithSecretSchema.strict().parse(await response.json());
}

async function createByAdmin(body: unknown): Promise<ApiKeyWithSecret> {
  const response = await adminCall("keys", { method: "POST", body: JSON.stringify(body) });
  expect(response.status).toBe(201);
  return apiKeyWithSecretSchema.strict().parse(await response.json());
}

async function list(headers: Record<string, string> = mine, query = ""): Promise<ApiKeyList> {
  return (await (await call(`/v1/keys${query}`, { headers })).json()) as ApiKeyList;
}

const jobsWith = (key: string) => call("/v1/jobs", { headers: bearer(key) });

describe("a key of an account", () => {
  it("is made by another one, works at once in both headers, and what they make is both keys'", async () => {
    const key = await create({ name: "Shop" });
    expect(kindOfKey(key.secret)).toBe("user");
    expect(key).toMatchObject({ account: ACCOUNT, kind: "user", name: "Shop", jobsPerHour: null, expiresAt: null });
    const { id } = (await (await post("/v1/jobs", { type: "echo" }, bearer(key.secret))).json()) as Job;
    for (const headers of [mine, { "X-API-Key": key.secret }, bearer(key.secret)]) {
      expect((await call(`/v1/jobs/${id}`, { headers })).status).toBe(200);
    }
    expect((await call(`/v1/jobs/${id}`, { headers: { "X-API-Key": OTHER_API_KEY } })).status).toBe(404);
  });

  it("is shown without its secret ever after, and nothing stored holds it", async () => {
    const { secret, ...shown } = await create({ name: "Shop", scopes: ["read"] });
    expect(await (await call(`/v1/keys/${shown.id}`, { headers: mine })).json()).toEqual(shown);
    const { results } = await DB.prepare("SELECT * FROM api_keys").all();
    expect(JSON.stringify([results, await list()])).not.toContain(secret);
  });

  it("is listed newest first, page by page, and renamed", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) {
      vi.setSystemTime(Date.now() + 1_000);
      ids.unshift((await create({ name })).id);
    }
    const first = await list(mine, "?limit=2");
    expect(first.keys.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const rest = await list(mine, `?limit=2&cursor=${first.cursor}`);
    expect(rest).toMatchObject({ keys: [{ id: ids[2] }, { name: "Tests" }], cursor: null });
    const body = JSON.stringify({ name: " Shop " });
    const json = { ...mine, "Content-Type": "application/json" };
    const renamed = await call(`/v1/keys/${ids[0]}`, { method: "PATCH", body, headers: json });
    expect(await renamed.json()).toMatchObject({ name: "Shop" });
    expect((await list()).keys[0]?.name).toBe("Shop");
  });

  it("can't give scopes that it has not, nor a limit that it is under", async () => {
    const own = newKey();
    await storeKey(own, { scopes: ["read", "keys"], jobsPerHour: 3 });
    const refused = await problemOf(await post("/v1/keys", { name: "More", scopes: ["read", "write"] }, bearer(own)));
    expect(refused).toMatchObject({ code: "forbidden", errors: [{ path: "scopes" }] });
    expect(await create({ name: "Same" }, bearer(own))).toMatchObject({ scopes: ["read", "keys"], jobsPerHour: 3 });
  });

  it("may do what its scopes say, and no more", async () => {
    const reader = newKey();
    await storeKey(reader, { scopes: ["read"] });
    expect((await jobsWith(reader)).status).toBe(200);
    for (const path of ["/v1/jobs", "/v1/webhooks", "/v1/keys"]) {
      expect((await problemOf(await post(path, {}, bearer(reader)))).code).toBe("forbidden");
    }
  });

  it(`is refused when there are ${MAX_KEYS_PER_ACCOUNT} that work; one that was revoked makes room`, async () => {
    const made: ApiKey[] = [];
    // The tests' own key is the first.
    for (let n = 1; n < MAX_KEYS_PER_ACCOUNT; n++) made.push(await storeKey(newKey()));
    expect((await problemOf(await post("/v1/keys", { name: "Too many" }, mine))).code).toBe("key_limit");
    expect((await call(`/v1/keys/${made[0]?.id}`, { method: "DELETE", headers: mine })).status).toBe(204);
    await create({ name: "One more" });
  });

  it.each([
    [{}, "name"],
    [{ name: " " }, "name"],
    [{ name: "a\u0000b" }, "name"],
    [{ name: "x".repeat(101) }, "name"],
    [{ name: "a", scopes: [] }, "scopes"],
    [{ name: "a", scopes: ["all"] }, "scopes.0"],
    [{ name: "a", scopes: ["read", "read"] }, "scopes"],
    [{ name: "a", expiresAt: 1_000 }, "expiresAt"],
    [{ name: "a", account: ACCOUNT }, "account"],
  ])("is not made of %j", async (body, path) => {
    expect(await problemOf(await post("/v1/keys", body, mine))).toMatchObject({ status: 400, errors: [{ path }] });
  });
});

describe("a key that does not count", () => {
  it("is refused with the reason when it was revoked, at once where that was done", async () => {
    const { id, secret } = await create({ name: "Shop" });
    expect((await jobsWith(secret)).status).toBe(200);
    for (let times = 0; times < 2; times++) {
      expect((await call(`/v1/keys/${id}`, { method: "DELETE", headers: mine })).status).toBe(204);
    }
    const problem = await problemOf(await jobsWith(secret));
    expect(problem).toMatchObject({ status: 401, detail: expect.stringContaining('"Shop" was revoked') });
    expect((await list()).keys.find((key) => key.id === id)?.revokedAt).toEqual(expect.any(Number));
  });

  it("ends elsewhere within half a minute of being revoked", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const secret = newKey();
    const { id } = await storeKey(secret);
    expect((await jobsWith(secret)).status).toBe(200);
    // As another isolate of the Worker would.
    await DB.prepare("UPDATE api_keys SET revoked_at = 1 WHERE id = ?").bind(id).run();
    vi.setSystemTime(Date.now() + KEY_CACHE_MS);
    expect((await jobsWith(secret)).status).toBe(401);
  });

  it("is refused with the reason from the moment on when its time is over", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const { secret } = await create({ name: "Shop", expiresAt: Date.now() + 5_000 });
    expect((await jobsWith(secret)).status).toBe(200);
    vi.setSystemTime(Date.now() + 5_000);
    expect((await problemOf(await jobsWith(secret))).detail).toContain("has expired");
  });

  it("is refused without a question to D1 when a character is wrong, and as unknown when none is", async () => {
    const asked = vi.spyOn(Object.getPrototypeOf(DB), "prepare");
    const wrong = `${API_KEY.slice(0, -1)}${API_KEY.endsWith("0") ? "1" : "0"}`;
    const problem = await problemOf(await jobsWith(wrong));
    expect(problem).toMatchObject({ status: 401, detail: expect.stringContaining("no key of Kiln") });
    expect(asked).not.toHaveBeenCalled();
    expect((await problemOf(await jobsWith(newKey()))).detail).toContain("is not known here");
    vi.restoreAllMocks();
  });

  it("is asked of D1 only past the shield where others like it came from, on runners' calls too", async () => {
    const shielded: string[] = [];
    const limit = ({ key }: { key: string }) => Promise.resolve({ success: shielded.push(key) < 2 });
    const worker = limitedWorker({ SHIELD_ENABLED: "true", SHIELD: { limit } });
    const asked = vi.spyOn(Object.getPrototypeOf(DB), "prepare");
    const [from, other] = ["198.51.100.1", "198.51.100.2"];
    const leaseWith = async (key: string, address = from) =>
      (await worker("/runner/v1/lease", json({}, { Authorization: `Bearer ${key}` }), address)).status;
    expect(await leaseWith(newKey("runner"))).toBe(401);
    expect([shielded.length, asked.mock.calls.length]).toEqual([0, 1]);
    expect([await leaseWith(newKey("runner")), await leaseWith(newKey("runner"))]).toEqual([401, 429]);
    expect([shielded.length, asked.mock.calls.length]).toEqual([2, 2]);
    expect(await leaseWith(newKey("runner"), other)).toBe(401);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    expect(await leaseWith(STORED_RUNNER_KEY)).toBe(400);
    expect(shielded).toHaveLength(2);
    vi.restoreAllMocks();
  });

  it("is refused beside another one, and in another scheme", async () => {
    for (const headers of [{ ...bearer(API_KEY), "X-API-Key": OTHER_API_KEY }, { Authorization: "Basic YTpi" }]) {
      const problem = await problemOf(await call("/v1/jobs", { headers: headers as Record<string, string> }));
      expect(problem.status).toBe(401);
    }
    expect((await call("/v1/jobs", { headers: { ...bearer(API_KEY), ...mine } })).status).toBe(200);
  });
});

describe("the use of a key", () => {
  const lastUse = async (id: string) =>
    ((await (await call(`/v1/keys/${id}`, { headers: mine })).json()) as ApiKey).lastUsedAt;
  let secret: string;
  let id: string;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    secret = newKey();
    id = (await storeKey(secret)).id;
  });

  it("is noted, once a minute at most", async () => {
    const first = Date.now();
    await jobsWith(secret);
    await vi.waitFor(async () => expect(await lastUse(id)).toBe(first));
    vi.setSystemTime(first + 59_000);
    await jobsWith(secret);
    vi.setSystemTime(first + 60_000);
    await jobsWith(secret);
    await vi.waitFor(async () => expect(await lastUse(id)).toBe(first + 60_000));
  });

  it("is allowed though it can't be noted", async () => {
    await DB.exec("CREATE TRIGGER no_notes BEFORE UPDATE ON api_keys BEGIN SELECT RAISE(ABORT, 'full'); END");
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect((await jobsWith(secret)).status).toBe(200);
    expect(await lastUse(id)).toBeNull();
    vi.restoreAllMocks();
  });
});

describe("the operator", () => {
  it("makes keys for new accounts and for old ones, with limits of their own, and revokes any", async () => {
    const first = await createByAdmin({ name: "Shop", jobsPerHour: 7, scopes: ["read", "write"] });
    expect(first).toMatchObject({ account: expect.stringMatching(/^acc_/), jobsPerHour: 7, scopes: ["read", "write"] });
    const second = await createByAdmin({ name: "Shop 2", account: first.account });
    const { keys } = (await (await adminCall(`keys?account=${first.account}`)).json()) as ApiKeyList;
    expect(keys.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    const body = JSON.stringify({ jobsPerHour: null });
    const patched = (await (await adminCall(`keys/${first.id}`, { method: "PATCH", body })).json()) as ApiKey;
    expect(patched).toMatchObject({ name: "Shop", jobsPerHour: null });
    expect((await adminCall(`keys/${first.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await jobsWith(first.secret)).status).toBe(401);
    expect((await jobsWith(second.secret)).status).toBe(200);
  });

  it("gives runners keys that lease jobs, and do nothing else", async () => {
    const { secret, scopes, account } = await createByAdmin({ name: "GPU 1", kind: "runner" });
    expect({ scopes, account }).toEqual({ scopes: [], account: null });
    for (const key of [secret, STORED_RUNNER_KEY, RUNNER_KEY]) {
      const lease = { runnerId: "r1", requestId: "0".repeat(32), pool: "cpu", jobTypes: ["echo"] };
      expect((await post("/runner/v1/lease", lease, bearer(key))).status).toBe(204);
    }
    expect((await problemOf(await jobsWith(secret))).code).toBe("forbidden");
    expect((await problemOf(await post("/runner/v1/lease", {}, bearer(API_KEY)))).code).toBe("forbidden");
    expect((await problemOf(await post("/runner/v1/lease", {}, bearer(ADMIN_KEY)))).code).toBe("unauthorized");
    const wrong = await adminCall("keys", {
      method: "POST",
      body: JSON.stringify({ name: "x", kind: "runner", scopes: ["read"] }),
    });
    expect((await problemOf(wrong)).errors).toMatchObject([{ path: "kind" }]);
  });
});
