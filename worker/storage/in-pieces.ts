/** A stream of bytes in large pieces. */

/** So much is taken at a time. Each piece costs the same, however small it is, and workerd hands out 4 KiB by itself. */
const PIECE_BYTES = 128 * 1024;

/** The stream's bytes in pieces of 128 KiB, the last one shorter. What is not asked for is not read. */
export async function* inPieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  const reader = stream.getReader({ mode: "byob" });
  for (;;) {
    const { value, done } = await reader.readAtLeast(PIECE_BYTES, new Uint8Array(PIECE_BYTES));
    if (value && value.byteLength > 0) yield value;
    if (done) return;
  }
}
