/** Cuts a stream of raw pixels into frames. The pipe fills while nobody asks, and then the decoder waits. */
import type { Readable } from "node:stream";

export class PipeFrames {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #frameBytes: number;
  #rest: Buffer | undefined;

  constructor(stream: Readable, frameBytes: number) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#frameBytes = frameBytes;
  }

  /** The next whole frame in a buffer of its own, or null at the end of the stream. */
  async next(): Promise<Buffer | null> {
    const frame = Buffer.allocUnsafe(this.#frameBytes);
    for (let filled = 0; filled < frame.length; ) {
      const chunk = this.#rest ?? (await this.#read());
      if (!chunk) return null;
      const taken = chunk.copy(frame, filled);
      filled += taken;
      this.#rest = taken < chunk.length ? chunk.subarray(taken) : undefined;
    }
    return frame;
  }

  async #read(): Promise<Buffer | null> {
    try {
      const { done, value } = await this.#chunks.next();
      return done ? null : value;
    } catch {
      return null; // the decoder was ended
    }
  }
}
