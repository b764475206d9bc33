/** An engine whose tool runs in prewarmed children, one job each: all it shares with the others but its typed calls. */
import { OneShotPool } from "../process/one-shot.ts";
import type { Engine, Probe, WarmOptions } from "./engine.ts";

export abstract class PooledEngine implements Engine {
  protected readonly pool: OneShotPool;

  constructor(options: ConstructorParameters<typeof OneShotPool>[0]) {
    this.pool = new OneShotPool(options);
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
