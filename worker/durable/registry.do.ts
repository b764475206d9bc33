/**
 * Runners that were heard of lately and what they can do. Small JSON state, so it uses itty-durable; its arguments
 * travel as JSON in a header, hence ASCII only.
 */
import { createDurable } from "itty-durable";
import { RUNNER_SEEN_TTL_MS } from "#contract/limits.ts";
import type { Health } from "#contract/public-api.ts";

export type RunnerEntry = Health["runners"][number];

/** The calls as the Worker makes them, through itty-durable's proxy. */
export interface RegistryCalls {
  seen(runner: RunnerEntry): Promise<void>;
  live(now: number): Promise<RunnerEntry[]>;
}

export class RegistryObject extends createDurable({ autoPersist: true }) {
  runners: Record<string, RunnerEntry> = {};

  /** Notes a sign of life. Entries that are long silent are dropped, so that the state stays small. */
  seen(runner: RunnerEntry): { noted: true } {
    const oldest = runner.seenAt - RUNNER_SEEN_TTL_MS;
    const kept = Object.entries(this.runners).filter(([, entry]) => entry.seenAt >= oldest);
    this.runners = { ...Object.fromEntries(kept), [runner.id]: runner };
    return { noted: true };
  }

  /** Runners heard of within `RUNNER_SEEN_TTL_MS` before `now`. */
  live(now: number): RunnerEntry[] {
    return Object.values(this.runners).filter(({ seenAt }) => seenAt >= now - RUNNER_SEEN_TTL_MS);
  }
}
