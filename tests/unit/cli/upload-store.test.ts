/** What the command remembers of uploads: a second call sends nothing that the first one has sent. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Kiln } from "#client/kiln.ts";
import { openSource } from "../../../cli/arguments/input-source.ts";
import { uploadStore } from "../../../cli/server/upload-store.ts";
import { fakeSleep } from "../../helpers/fake-fetch.ts";
import { FAKE_API, FakeUploadServer } from "../../helpers/fake-upload-server.ts";

let folder: string;
let film: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kiln-uploads-"));
  film = join(folder, "film.bin");
  await writeFile(film, "abcdefghijkl");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** One call of the command. */
async function upload(server: FakeUploadServer, env: Readonly<Record<string, string>>): Promise<string> {
  const { fetch } = server;
  const kiln = new Kiln({ api: FAKE_API, fetch, sleep: fakeSleep().sleep, uploadStore: uploadStore(env) });
  const { id } = await kiln.upload(await openSource({ kind: "file", path: film }));
  return server.content(id);
}

test("a call that was broken off is gone on with by the next one, and the whole is not sent a third time", async () => {
  const server = new FakeUploadServer(1);
  const env = { XDG_STATE_HOME: join(folder, "state") };
  server.fault = (request) => (request.startsWith("PUT") && server.received.length >= 4 ? "lost" : null);
  await expect(upload(server, env)).rejects.toThrow();
  server.fault = () => null;
  expect(await upload(server, env)).toBe("abcdefghijkl");
  expect(await upload(server, env)).toBe("abcdefghijkl");
  expect([server.uploads.size, server.received.length]).toEqual([1, 12]);
});

test("a file that was changed meanwhile is sent anew", async () => {
  const server = new FakeUploadServer(4);
  const env = { HOME: folder };
  await upload(server, env);
  await writeFile(film, "ABCDEFGHIJKL");
  expect(await upload(server, env)).toBe("ABCDEFGHIJKL");
  expect(await readFile(join(folder, ".local/state/kiln/uploads.json"), "utf8")).not.toContain("film");
});

test("a state folder that can't be written costs the resuming, not the upload", async () => {
  const blocked = join(folder, "blocked");
  await mkdir(blocked);
  await writeFile(join(blocked, "kiln"), "a file where the folder should be");
  expect(await upload(new FakeUploadServer(4), { XDG_STATE_HOME: blocked })).toBe("abcdefghijkl");
});
