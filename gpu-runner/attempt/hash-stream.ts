/** What a file's content is known by. */
import { createHash } from "node:crypto";

/** SHA-256 (hex) and length of a stream's bytes. Rejects when the stream fails. */
export async function hashStream(stream: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}
