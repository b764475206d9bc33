/** `npm run keys`: what is asked for, and what is printed. */
import { describe, expect, it } from "vitest";
import type { AdminCreateKeyRequest, ApiKey } from "#contract/access.ts";
import { createKey, listKeys, revokeKey } from "../../../../scripts/operator/key-commands.ts";
import { readKeyOptions } from "../../../../scripts/operator/key-options.ts";

const ACCOUNT = `acc_${"a".repeat(26)}`;
const read = (...args: string[]) => readKeyOptions(args, { now: 1_000, cwd: "/work" });

describe("options", () => {
  it("say what key is made, for how long and where", () => {
    const given = [
      "--name",
      "Shop",
      "--account",
      ACCOUNT,
      "--scopes",
      "read, write",
      "--expires",
      "90d",
      "--limit",
      "7",
    ];
    expect(read("create", ...given, "--url", "https://kiln.example", "--admin-key", "k")).toEqual({
      command: {
        do: "create",
        request: {
          ...{ name: "Shop", kind: "user", account: ACCOUNT, scopes: ["read", "write"], jobsPerHour: 7 },
          expiresAt: 1_000 + 90 * 24 * 3_600_000,
        },
      },
      server: { url: "https://kiln.example", stateDir: expect.any(String), adminKey: "k" },
    });
    expect(read("create", "--name", "GPU", "--runner", "--state", "s")).toMatchObject({
      command: { request: { kind: "runner", expiresAt: null, jobsPerHour: null } },
      server: { url: null, stateDir: "/work/s" },
    });
    expect(read("list", "--account", ACCOUNT)).toMatchObject({ command: { do: "list", account: ACCOUNT } });
    expect(read("revoke", "Shop")).toMatchObject({ command: { do: "revoke", key: "Shop" } });
  });

  it.each([
    [["make"], '"make" is none of'],
    [["create"], "--name"],
    [["create", "Shop"], 'not "Shop"'],
    [["create", "--name", "a", "--expires", "soon"], "--expires soon"],
    [["create", "--name", "a", "--expires", "0d"], "--expires 0d"],
    [["create", "--name", "a", "--scopes", "all"], "There are: read, write"],
    [["create", "--name", "a", "--limit", "many"], "--limit"],
    [["create", "--name", "a", "--account", "me"], "--account: is not an account"],
    [["create", "--name", "a", "--runner", "--scopes", "read"], "--runner"],
    [["list", "--name", "a"], "takes no --name"],
    [["revoke"], "Name one key"],
    [["revoke", "a", "b"], "Name one key"],
    [["list", "--all"], "--all"],
    [["list", "--url", "kiln.example"], "--url kiln.example"],
  ])("%j are refused with a sentence", (args, why) => {
    expect(read(...args)).toEqual({ error: expect.stringContaining(why) });
  });
});

/** A server's keys, in memory. */
function keysOf(...keys: ApiKey[]) {
  const made: AdminCreateKeyRequest[] = [];
  return {
    made,
    revoked: [] as string[],
    async createKey(request: AdminCreateKeyRequest) {
      made.push(request);
      return { ...key(request.name), ...(request.kind && { kind: request.kind }), secret: "the-secret" };
    },
    async keys() {
      return keys;
    },
    async revokeKey(id: string) {
      this.revoked.push(id);
    },
  };
}

function key(name: string, given: Partial<ApiKey> = {}): ApiKey {
  return {
    ...{ id: `key_${name}`, kind: "user", account: ACCOUNT, name, hint: "kiln_live_abcd…", scopes: ["read", "write"] },
    ...{ jobsPerHour: null, createdAt: 0, expiresAt: null, lastUsedAt: null, revokedAt: null },
    ...given,
  };
}

describe("create", () => {
  it("prints the secret once, with what to do with it", async () => {
    const server = keysOf();
    const text = await createKey(server, { name: "Shop" }, "http://127.0.0.1:8787");
    expect(text).toContain("\n  the-secret\n");
    expect(text).toContain('curl -H "Authorization: Bearer the-secret" http://127.0.0.1:8787/v1/jobs');
    const runners = await createKey(server, { name: "GPU", kind: "runner" }, "http://127.0.0.1:8787");
    expect(runners).toContain("KILN_RUNNER_KEY=the-secret");
  });

  it("makes none when one of that name works, and another when that has ended or is of another kind", async () => {
    const works = keysOf(key("Shop"));
    expect(await createKey(works, { name: "Shop" }, "")).toContain('There is a key "Shop" already: key_Shop');
    expect(works.made).toEqual([]);
    const ended = keysOf(key("Shop", { revokedAt: 1 }), key("Shop", { expiresAt: 1 }), key("Shop", { kind: "runner" }));
    await createKey(ended, { name: "Shop" }, "");
    expect(ended.made).toEqual([{ name: "Shop" }]);
  });
});

it("list shows what works first, and how each key stands", async () => {
  const old = key("Old", { revokedAt: 5 });
  const runner = key("GPU", { kind: "runner", account: null, scopes: [], lastUsedAt: Date.UTC(2026, 10, 22, 18, 51) });
  const until = key("Shop", { expiresAt: Date.UTC(2999, 0, 1) });
  expect(await listKeys(keysOf(old, runner, until), undefined)).toBe(
    [
      `id        name  key              account                         may         state                   last used`,
      `key_GPU   GPU   kiln_live_abcd…  -                               (runner)    works                   2026-11-22 18:51`,
      `key_Shop  Shop  kiln_live_abcd…  ${ACCOUNT}  read,write  until 2999-01-01 00:00  never`,
      `key_Old   Old   kiln_live_abcd…  ${ACCOUNT}  read,write  revoked                 never`,
      "",
    ].join("\n"),
  );
  expect(await listKeys(keysOf(), undefined)).toContain("There are no keys");
});

it("revoke takes an id or a name, and no name that is not clear", async () => {
  const server = keysOf(key("Shop"), key("Shop", { id: "key_2" }), key("GPU"));
  expect(await revokeKey(server, "GPU")).toContain("Revoked key_GPU");
  await revokeKey(server, "key_2");
  expect(server.revoked).toEqual(["key_GPU", "key_2"]);
  await expect(revokeKey(server, "Shop")).rejects.toThrow("2 keys are called");
});
