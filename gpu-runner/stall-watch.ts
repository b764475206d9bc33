import { type ReadableStream, TransformStream } from "node:stream/web";

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

  /** The same stream, with a note for each piece. Who owns what is behind it stays the same. */
  over<T>(content: ReadableStream<T>): ReadableStream<T> {
    const note = new TransformStream<T, T>({
      transform: (piece, controller) => {
        this.moved();
        controller.enqueue(piece);
      },
    });
    return content.pipeThrough(note);
  }
}
