/** Large files are fetched piece by piece: what breaks off costs a piece, and no server must hold the whole of one for us. */
import { createWriteStream } from "node:fs";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What one request brings, unless told otherwise. */
export const PIECE_BYTES = 64 * 1024 * 1024;

export interface FilePiece {
  /** Its first byte, and the one behind its last. */
  readonly start: number;
  readonly end: number;
  /** `Range` (RFC 9110 §14.2); null when the piece is the whole file. */
  readonly range: string | null;
}

/** The pieces of a file of `bytes` bytes, in their order; an empty file has one. */
export function piecesOf(bytes: number, pieceBytes: number): FilePiece[] {
  if (bytes <= pieceBytes) return [{ start: 0, end: bytes, range: null }];
  return Array.from({ length: Math.ceil(bytes / pieceBytes) }, (_, index) => {
    const start = index * pieceBytes;
    const end = Math.min(start + pieceBytes, bytes);
    return { start, end, range: `bytes=${start}-${end - 1}` };
  });
}

/** Writes a stream to its place in the file, and returns how many bytes came; stops early when there are too many. */
export async function savePiece(
  body: Readable,
  path: string,
  { start, end }: FilePiece,
  signal: AbortSignal,
): Promise<number> {
  let received = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      done(received > end - start ? new Error(`more than ${end - start} bytes came`) : null, chunk);
    },
  });
  // The first piece makes the file, the others find it.
  const file = createWriteStream(path, { flags: start === 0 ? "w" : "r+", start, mode: 0o600 });
  await pipeline(body, count, file, { signal });
  return received;
}
