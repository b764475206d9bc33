/** Archives are streamed: however large the files are, next to nothing of them is in memory at a time. */
import { expect, it } from "vitest";
import { type ArchiveFile, zipResponse } from "../../../../worker/routes/zip-stream.ts";

const PIECE = 64 * 1024;
const FILE = 8 * 1024 * 1024;
const FILES = 12;

it("an archive of 100 MB is read as it is sent: never more than a few pieces ahead, one file at a time", async () => {
  let [read, opened, closed, mostAtOnce] = [0, 0, 0, 0];
  const open = () => {
    mostAtOnce = Math.max(mostAtOnce, ++opened - closed);
    let left = FILE;
    // As R2 gives a body: a piece when it is asked for one.
    return new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const size = Math.min(PIECE, left);
          left -= size;
          read += size;
          controller.enqueue(new Uint8Array(size));
          if (left > 0) return;
          closed++;
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  };
  async function* files(): AsyncGenerator<ArchiveFile> {
    for (let n = 0; n < FILES; n++) yield { name: `${n}.bin`, input: open(), lastModified: new Date(0), size: FILE };
  }
  const reader = (zipResponse(files(), "all.zip").body as ReadableStream<Uint8Array>).getReader();
  let [sent, mostAhead] = [0, 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    sent += value.byteLength;
    mostAhead = Math.max(mostAhead, read - sent);
  }
  expect(read).toBe(FILES * FILE);
  expect(sent).toBeGreaterThan(read);
  expect(mostAhead).toBeLessThanOrEqual(4 * PIECE);
  expect(mostAtOnce).toBe(1);
});
