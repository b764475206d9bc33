/** `worker/env.ts`: what the Worker's variables mean. */
import { describe, expect, test } from "vitest";
import { HEARTBEAT_MS, LEASE_TTL_MS, RETRY_BASE_MS } from "#contract/limits.ts";
import { type Env, readConfig } from "../../../worker/env.ts";

const SECRETS = { SIGNING_KEYS: `k:${btoa("s".repeat(32))}`, RUNNER_KEY: "r".repeat(32), ADMIN_KEY: "a".repeat(32) };
const read = (variables: Record<string, string>) => readConfig({ ...SECRETS, ...variables } as unknown as Env);

describe("the time of a lease", () => {
  test("is that of the contract unless it is set", () => {
    expect(read({})).toMatchObject({
      leaseTtlMs: LEASE_TTL_MS,
      heartbeatMs: HEARTBEAT_MS,
      retryBaseMs: RETRY_BASE_MS,
    });
  });

  test("is set in seconds, and a heartbeat is a quarter of it", () => {
    const config = read({ LEASE_TTL_S: "8", RETRY_BASE_S: "1" });
    expect(config).toMatchObject({ leaseTtlMs: 8_000, heartbeatMs: 2_000, retryBaseMs: 1_000 });
  });

  test.each(["0", "1.5", "soon", "86400"])("of %s is refused by name", (text) => {
    expect(() => read({ LEASE_TTL_S: text })).toThrow(/LEASE_TTL_S/);
  });
});
