/** Set-up of the `worker` project: applies the D1 migrations once, before the first test of a file. */
import { applyD1Migrations, type D1Migration, env } from "cloudflare:test";

const bindings = env as unknown as { DB: D1Database; TEST_MIGRATIONS: D1Migration[] };

await applyD1Migrations(bindings.DB, bindings.TEST_MIGRATIONS);
