/** Runs the echo child. The one engine that needs nothing installed: it shows the whole path with a real process. */
import { execPath, version } from "node:process";
import { fileURLToPath } from "node:url";
import { OneShotPool } from "../../process/one-shot.ts";
import type { Engine, EngineRun, PoolSettings, Probe, WarmOptions } from "../engine.ts";

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

export class EchoEngine implements Engine {
  readonly #pool: OneShotPool;

  constructor(pool: PoolSettings) {
    const script = fileURLToPath(new URL("./main.ts", import.meta.url));
    this.#pool = new OneShotPool({
      ...pool,
      name: "Echo",
      argv: [execPath, "--disable-warning=ExperimentalWarning", script],
    });
  }

  async probe(): Promise<Probe> {
    return { ok: true, version };
  }

  warm(options?: WarmOptions): void {
    this.#pool.start(options);
  }

  async ready(): Promise<void> {
    await this.#pool.ready();
  }

  get warmChildren(): number {
    return this.#pool.warmCount;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Resolves when the child has done all the request asks for. */
  async echo(request: EchoRequest, run: EngineRun): Promise<void> {
    await this.#pool.run(request, run);
  }
}
