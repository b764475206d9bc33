/** A clock that moves only when a test says so. */
import { setImmediate as settle } from "node:timers/promises";
import type { Clock } from "../../gpu-runner/clock.ts";

interface Sleeper {
  readonly at: number;
  wake(): void;
}

export class ManualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        at: this.#now + Math.max(ms, 0),
        wake: () => {
          this.#sleepers.delete(sleeper);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake, { once: true });
    });
  }

  /** Moves time on, waking sleepers in order; what they do then is done when it resolves, unless it waits for I/O. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await settle();
    for (let next = this.#next(target); next; next = this.#next(target)) {
      this.#now = next.at;
      next.wake();
      await settle();
    }
    this.#now = target;
    await settle();
  }

  #next(target: number): Sleeper | undefined {
    return [...this.#sleepers].filter((sleeper) => sleeper.at <= target).sort((a, b) => a.at - b.at)[0];
  }
}
