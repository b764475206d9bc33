/** The runner's own `/health` and `/metrics` (Prometheus text), on loopback only: for a probe or a scraper beside it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { AttemptOutcome } from "./attempt/attempt.ts";

export interface RunnerState {
  readonly ready: boolean;
  readonly slots: number;
  readonly busySlots: number;
  readonly jobTypes: readonly string[];
  /** Engine name → children that wait for a job. */
  readonly warmChildren: Readonly<Record<string, number>>;
}

/** Counts finished attempts since the runner started. */
export class OutcomeCounter {
  readonly #counts = new Map<string, number>();

  count(type: string, outcome: AttemptOutcome): void {
    const labels = `type="${type}",outcome="${outcome}"`;
    this.#counts.set(labels, (this.#counts.get(labels) ?? 0) + 1);
  }

  lines(): string[] {
    return [...this.#counts].map(([labels, count]) => `kiln_runner_attempts_total{${labels}} ${count}`);
  }
}

/** Prometheus text format 0.0.4. */
export function renderMetrics(state: RunnerState, outcomes: OutcomeCounter): string {
  const warm = Object.entries(state.warmChildren).map(
    ([engine, count]) => `kiln_runner_warm_children{engine="${engine}"} ${count}`,
  );
  return [
    "# HELP kiln_runner_attempts_total Attempts that ended, by job type and outcome",
    "# TYPE kiln_runner_attempts_total counter",
    ...outcomes.lines(),
    "# HELP kiln_runner_slots Jobs this runner takes at once",
    "# TYPE kiln_runner_slots gauge",
    `kiln_runner_slots ${state.slots}`,
    "# HELP kiln_runner_busy_slots Jobs it runs now",
    "# TYPE kiln_runner_busy_slots gauge",
    `kiln_runner_busy_slots ${state.busySlots}`,
    "# HELP kiln_runner_warm_children Prewarmed children that wait for a job",
    "# TYPE kiln_runner_warm_children gauge",
    ...warm,
    "",
  ].join("\n");
}

/** Serves both on 127.0.0.1. `port` 0 takes a free one; resolves with the port in use. `/health` is 503 until ready. */
export async function serveHealth(
  port: number,
  state: () => RunnerState,
  outcomes: OutcomeCounter,
): Promise<{ port: number; close(): void }> {
  const server = createServer((request, response) => {
    const now = state();
    if (request.url === "/metrics") {
      response.setHeader("content-type", "text/plain; version=0.0.4");
      response.end(renderMetrics(now, outcomes));
    } else if (request.url === "/health") {
      response.writeHead(now.ready ? 200 : 503, { "content-type": "application/json" });
      response.end(JSON.stringify({ status: now.ready ? "ok" : "starting", ...now }));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
