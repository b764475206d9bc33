/** Something to wait for that several events can trigger. What happens between two waits is not lost. */
import type { Clock } from "./clock.ts";

export class WakeUp {
  #waiting = new AbortController();

  /** Ends the current wait, or the next one when nobody waits. */
  ring(): void {
    this.#waiting.abort();
  }

  /** Resolves when rung, or after `ms`. */
  async wait(ms: number, clock: Clock): Promise<void> {
    await clock.sleep(ms, this.#waiting.signal);
    this.#waiting = new AbortController();
  }
}
