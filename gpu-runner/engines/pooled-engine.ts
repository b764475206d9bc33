/** Engines whose tool runs in prewarmed children: all they share but their typed calls. */
import { OneShotPool, type OneShotPoolOptions } from "../process/one-shot.ts";
import type { Engine, Probe, WarmOptions } from "./engine.ts";

interface ChildPool {
  start(options?: WarmOptions): void;
  ready(): Promise<unknown>;
  readonly warmCount: number;
  close(): Promise<void>;
}

/** An engine on top of children that are kept in `Pool`, e.g. `SharedWorkers`. */
export abstract class ChildEngine<Pool extends ChildPool> implements Engine {
  protected readonly pool: Pool;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  abstract probe(): Promise<Probe>;

  warm(options?: WarmOptions): void {
    this.pool.start(options);
  }

  async ready(): Promise<void> {
    await this.pool.ready();
  }

  get warmChildren(): number {
    return this.pool.warmCount;
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

/** An engine whose children serve one attempt each, with one request or a session of several. */
export abstract class PooledEngine extends ChildEngine<OneShotPool> {
  constructor(options: OneShotPoolOptions) {
    super(new OneShotPool(options));
  }
}
