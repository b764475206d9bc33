/** Environments appear complete or not at all, and a broken set-up heals. A shell script stands in for Python. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setUpPythonEnvironment } from "../../../../scripts/setup/python-environment.mjs";

/** Answers like Python 3.11 as far as set-up asks; pip ends with FAKE_PIP_EXIT and says FAKE_PIP_OUTPUT. */
const FAKE_PYTHON = `#!/bin/sh
case "$*" in
  *version_info*) echo "\${FAKE_VERSION:-3.11}" ;;
  *ensurepip*) exit 0 ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  *"pip install"*) echo "$*" > "$(dirname "$0")/pip-arguments"; echo "$FAKE_PIP_OUTPUT"; exit "\${FAKE_PIP_EXIT:-0}" ;;
esac
`;

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kiln-python-"));
  const python = join(dir, "python3.11");
  writeFileSync(python, FAKE_PYTHON);
  chmodSync(python, 0o755);
  vi.stubEnv("KILN_CACHE", join(dir, "cache"));
  vi.stubEnv("KILN_PYTHON", python);
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

const setUp = () => setUpPythonEnvironment("blender", "test");
const cached = (): string[] => readdirSync(join(dir, "cache"));

test("an environment is made once, under the hash of its requirements, with checked hashes", async () => {
  const first = await setUp();
  expect(existsSync(first.python)).toBe(true);
  expect(cached()).toEqual([expect.stringMatching(/^blender-[0-9a-f]{12}$/)]);
  // The second time nothing is started, not even Python.
  vi.stubEnv("KILN_PYTHON", "/nonexistent");
  expect(await setUp()).toEqual(first);
});

test("pip is told to check hashes and to install nothing that is not listed", async () => {
  const { directory } = await setUp();
  const { readFileSync } = await import("node:fs");
  expect(readFileSync(join(directory, "bin/pip-arguments"), "utf8")).toMatch(
    /--no-deps --require-hashes -r .*requirements-blender\.txt/,
  );
});

test("a failed pip leaves no environment, says why, and the next set-up succeeds", async () => {
  vi.stubEnv("FAKE_PIP_EXIT", "1");
  vi.stubEnv("FAKE_PIP_OUTPUT", "NewConnectionError: [Errno -3] Temporary failure in name resolution");
  await expect(setUp()).rejects.toThrow(/PyPI cannot be reached/);
  expect(cached().filter((name) => name.startsWith("blender-"))).toEqual([]);
  vi.stubEnv("FAKE_PIP_EXIT", "0");
  expect(existsSync((await setUp()).python)).toBe(true);
  expect(cached()).toHaveLength(1);
});

test("what a killed set-up left is removed: its half-made folder, and a folder without Python in it", async () => {
  const { directory } = await setUp();
  rmSync(directory, { recursive: true });
  mkdirSync(directory);
  const id = directory.split("/").at(-1);
  mkdirSync(join(dir, "cache", `.tmp-${id}-999999`, "lib"), { recursive: true });
  expect(existsSync((await setUp()).python)).toBe(true);
  expect(cached()).toEqual([id]);
});

test("a missing Python 3.11 is named with the command that installs it", async () => {
  vi.stubEnv("KILN_PYTHON", "/nonexistent");
  await expect(setUp()).rejects.toThrow(/Python 3\.11 is missing.*\n.*apt-get install python3\.11 python3\.11-venv/);
});

test("another version of Python is not taken", async () => {
  vi.stubEnv("FAKE_VERSION", "3.12");
  await expect(setUp()).rejects.toThrow(/Python 3\.11 is missing/);
});

test("environments can be made side by side", async () => {
  const made = await Promise.all(["blender", "rembg"].map((name) => setUpPythonEnvironment(name, "test")));
  expect(made.map(({ python }) => existsSync(python))).toEqual([true, true]);
});
