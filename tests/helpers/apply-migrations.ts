/** Set-up of the `worker` project: every test begins with empty storage, the D1 migrations applied, and its keys stored. */
import { applyD1Migrations, type D1Migration, env, reset } from "cloudflare:test";
import { afterEach, beforeEach, vi } from "vitest";
import { seedKeys } from "./test-keys.ts";

const bindings = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };

beforeEach(async () => {
  await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
  await seedKeys();
});

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});
