/** Files of any size, as the command hands them to the client. */
import { mkdtemp, open, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSource } from "../../../cli/arguments/input-source.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln-file-on-disk-"));
  path = join(folder, "film.bin");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a file of 5 GB has its whole size, and its bytes behind 4 GiB are read", async () => {
  const bytes = 5_000_000_000;
  const file = await open(path, "w");
  await file.truncate(bytes);
  await file.write("the end", bytes - 7);
  await file.close();
  const source = await openSource({ kind: "file", path });
  expect(source.size).toBe(bytes);
  expect(await source.slice(bytes - 8, bytes).text()).toBe("\0the end");
  expect(await source.slice(2 ** 32 - 2, 2 ** 32 + 2).text()).toBe("\0\0\0\0");
  expect(await source.slice(-3).text()).toBe("end");
  expect(source.slice(bytes, bytes + 5).size).toBe(0);
});

test("a file that changes on its way is refused, whether it has grown, shrunk or is another", async () => {
  for (const other of ["abcdefgh", "a", "ABCD"]) {
    await writeFile(path, "abcd");
    const source = await openSource({ kind: "file", path });
    expect(await source.slice(0, 2).text()).toBe("ab");
    await writeFile(path, other);
    // Two changes within the clock's tick would have the same time.
    await utimes(path, 1, 1);
    expect(() => source.slice(2, 4)).toThrow("was changed while it was read");
  }
});

test("a small file is read as a whole, and a file that is not there is named", async () => {
  await writeFile(path, "abcd");
  const source = await openSource({ kind: "file", path });
  expect(new TextDecoder().decode(await source.arrayBuffer())).toBe("abcd");
  await expect(openSource({ kind: "file", path: join(folder, "none") })).rejects.toThrow("ENOENT");
});
