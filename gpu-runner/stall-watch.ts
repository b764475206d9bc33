/** Notices a transfer in which nothing moves any more: a silent network, or a server that hangs over a file. */
export class StallWatch {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param ms how long nothing may move; counts from now */
  constructor(ms: number) {
    this.#timer = setTimeout(() => this.#controller.abort(), ms);
  }

  /** Aborts when nothing has moved for too long. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Bytes went by. */
  moved(): void {
    this.#timer.refresh();
  }

  /** The transfer is over. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** What is read from `content`, with a note for each piece. */
  async *over(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of content) {
      this.moved();
      yield piece;
    }
  }
}
