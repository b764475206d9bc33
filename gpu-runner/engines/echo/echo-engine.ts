/** Runs the echo child. The one engine that needs nothing installed: it shows the whole path with a real process. */
import { execPath, version } from "node:process";
import { fileURLToPath } from "node:url";
import type { EngineRun, PoolSettings, Probe } from "../engine.ts";
import { PooledEngine } from "../pooled-engine.ts";

/** What the child does: copy, write `text` to `textPath`, and misbehave as told. Paths are absolute. */
export interface EchoRequest {
  readonly text: string;
  readonly textPath: string;
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  readonly sleepMs: number;
  /** Progress messages, spread evenly over the sleep. */
  readonly ticks: number;
  /** Kill itself instead of answering. */
  readonly crash: boolean;
  /** Leave a process behind that left the group and ignores SIGTERM. */
  readonly leak: boolean;
}

export class EchoEngine extends PooledEngine {
  constructor(pool: PoolSettings) {
    const script = fileURLToPath(new URL("./main.ts", import.meta.url));
    super({
      ...pool,
      name: "Echo",
      argv: [execPath, "--disable-warning=ExperimentalWarning", script],
    });
  }

  override async probe(): Promise<Probe> {
    return { ok: true, version };
  }

  /** Resolves when the child has done all the request asks for. */
  async echo(request: EchoRequest, run: EngineRun): Promise<void> {
    await this.pool.run(request, run);
  }
}
