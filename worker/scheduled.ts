/** What the platform's clock calls. */
import type { Env } from "./env.ts";
import { runSweep } from "./maintenance/sweep.ts";

/** Every few minutes (`crons` in wrangler.toml). */
export async function scheduled(_event: ScheduledController, env: Env): Promise<void> {
  await runSweep(env);
}
