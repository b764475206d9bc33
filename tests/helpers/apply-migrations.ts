/** Set-up of the `worker` project: every test begins with empty storage and the D1 migrations applied. */
import { applyD1Migrations, type D1Migration, env, reset } from "cloudflare:test";
import { afterEach, beforeEach, vi } from "vitest";

const bindings = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };

beforeEach(() => applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS));

afterEach(async () => {
  vi.useRealTimers();
  await reset();
});
