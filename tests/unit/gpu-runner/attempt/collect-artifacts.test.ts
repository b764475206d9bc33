/** `collect-artifacts.ts`: only honest files become artifacts. */
import { execFileSync } from "node:child_process";
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectArtifacts } from "../../../../gpu-runner/attempt/collect-artifacts.ts";
import { testType } from "../../../helpers/runner-fixtures.ts";

let dir: string;
let outDir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-test-"));
  outDir = join(dir, "out");
  await mkdir(outDir);
});
afterEach(() => rm(dir, { recursive: true }));

const refused = (message: RegExp) =>
  expect(collectArtifacts(outDir, testType)).rejects.toMatchObject({
    code: "output_invalid",
    message: expect.stringMatching(message),
  });

test("gives name, size, hash and the type's own content type, in the type's order", async () => {
  await writeFile(join(outDir, "b.bin"), "b");
  await writeFile(join(outDir, "a.txt"), "hello");
  const artifacts = await collectArtifacts(outDir, testType);
  expect(artifacts.map((artifact) => artifact.name)).toEqual(["a.txt", "b.bin"]);
  expect(artifacts[0]).toEqual({
    name: "a.txt",
    contentType: "text/plain",
    bytes: 5,
    sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
    path: join(outDir, "a.txt"),
  });
});

test("refuses a symbolic link, even to a file beside it", async () => {
  await writeFile(join(dir, "secret"), "secret");
  await symlink(join(dir, "secret"), join(outDir, "a.txt"));
  await refused(/a\.txt is not a file/);
});

test("refuses an output folder that was swapped for a link", async () => {
  await rm(outDir, { recursive: true });
  await symlink("/etc", outDir);
  await refused(/wrote/);
});

test("refuses folders and named pipes without hanging", async () => {
  await mkdir(join(outDir, "a.txt"));
  await refused(/not a regular file/);
  await rm(join(outDir, "a.txt"), { recursive: true });
  execFileSync("mkfifo", [join(outDir, "a.txt")]);
  await refused(/not a regular file/);
});

test("refuses a name the type does not list", async () => {
  await writeFile(join(outDir, "a.txt"), "x");
  await writeFile(join(outDir, ".hidden"), "x");
  await refused(/does not list: "\.hidden"/);
});

test("refuses an empty file, and a job without any", async () => {
  await refused(/wrote no files/);
  await writeFile(join(outDir, "a.txt"), "");
  await refused(/a\.txt is empty/);
});

test("accepts an empty file where the type says that it may be", async () => {
  await writeFile(join(outDir, "a.txt"), "");
  const outputs = testType.outputs.map((output) => ({ ...output, mayBeEmpty: true }));
  expect(await collectArtifacts(outDir, { ...testType, outputs })).toMatchObject([{ name: "a.txt", bytes: 0 }]);
});

test("a hard link to a file of the job is a file like any other", async () => {
  await writeFile(join(dir, "input"), "x");
  await link(join(dir, "input"), join(outDir, "a.txt"));
  expect(await collectArtifacts(outDir, testType)).toHaveLength(1);
});
