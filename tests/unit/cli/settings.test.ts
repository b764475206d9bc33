/** What the command remembers, who it says it is, and to whom. */
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InterruptedError } from "../../../cli/main.ts";
import { type CliOptions, runCli } from "../../helpers/cli-runner.ts";
import { startFakeKiln } from "../../helpers/fake-kiln-server.ts";

const KEY = "kiln_live_for_tests_0123456789";
let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "kiln-settings-"));
  file = join(dir, ".config/kiln/config.json");
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const kiln = (args: string[], options: Omit<CliOptions, "cwd"> = {}) => runCli(args, { ...options, cwd: dir });
const server = () =>
  startFakeKiln({
    state: "succeeded",
    answers: {
      "GET /v1/jobs": { jobs: [], cursor: null },
      "GET /v1/caller": { scopes: ["read", "write"] },
      "GET /health": { runners: [] },
    },
  });
const settings = async () => JSON.parse(await readFile(file, "utf8")) as Record<string, unknown>;

describe("without a key", () => {
  test("a session is made once and kept, for this server only", async () => {
    const [one, two] = [await server(), await server()];
    for (const url of [one.url, one.url, two.url]) expect((await kiln(["jobs", "--api", url])).exitCode).toBe(0);
    const [first, second, other] = [...one.callers, ...two.callers].map(({ session }) => session);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  test("KILN_SESSION wins and is not kept; one that is none is refused before anything is sent", async () => {
    const { url, callers, seen } = await server();
    const session = "ab".repeat(16);
    await kiln(["jobs", "--api", url], { env: { KILN_SESSION: session } });
    expect(callers[0]?.session).toBe(session);
    await expect(stat(file)).rejects.toThrow();
    const wrong = await kiln(["jobs", "--api", url], { env: { KILN_SESSION: "secret" } });
    expect([wrong.exitCode, seen.length]).toEqual([2, 1]);
    expect(wrong.stderr).toContain("32 to 64 hexadecimal digits");
  });

  test("where nothing can be kept the command works and says so", async () => {
    await writeFile(join(dir, ".config"), "a file where the folder should be");
    const { url } = await server();
    const { exitCode, stderr } = await kiln(["jobs", "--api", url], {
      env: { XDG_CONFIG_HOME: join(dir, "none"), HOME: dir },
    });
    expect([exitCode, stderr]).toEqual([0, ""]);
    await rm(join(dir, "none"), { recursive: true });
    await writeFile(join(dir, "none"), "");
    const blocked = await kiln(["jobs", "--api", url], { env: { XDG_CONFIG_HOME: join(dir, "none") } });
    expect(blocked.exitCode).toBe(2);
    expect(blocked.stderr).toContain("can't be read");
  });
});

describe("kiln login", () => {
  test("tries the key, keeps it where only the user can read it, and sends it to this server only", async () => {
    const [own, other] = [await server(), await server()];
    const { exitCode, stdout } = await kiln(["login", "--api", own.url], { stdin: `${KEY}\n` });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("the key may read, write");
    expect(stdout).not.toContain(KEY);
    expect(own.callers).toEqual([{ key: KEY, session: undefined }]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
    expect(await settings()).toEqual({ api: own.url, servers: { [own.url]: { key: KEY } } });
    // From now on it is the server that is meant.
    await kiln(["jobs"]);
    expect(own.callers.at(-1)?.key).toBe(KEY);
    await kiln(["jobs", "--api", other.url]);
    expect(other.callers[0]?.key).toBeUndefined();
  });

  test("a key that is typed is not shown, neither by kiln nor by the terminal", async () => {
    const { url, callers } = await server();
    const modes: boolean[] = [];
    const setRawMode = (raw: boolean) => modes.push(raw);
    const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode });
    keyboard.write(`x\u007f${KEY}\r`);
    const { exitCode, stdout, stderr } = await kiln(["login", "--api", url], { keyboard });
    expect(exitCode).toBe(0);
    expect(callers[0]?.key).toBe(KEY);
    expect(stdout + stderr).not.toContain(KEY);
    expect(modes).toEqual([true, false]);
  });

  test("ended or interrupted while it asks, it keeps nothing", async () => {
    const { url } = await server();
    const asked = (keys: string, options: Partial<CliOptions> = {}) => {
      const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
      keyboard.write(keys);
      return kiln(["login", "--api", url], { ...options, keyboard });
    };
    expect((await asked("\u0004")).exitCode).toBe(2);
    const interruption = new AbortController();
    const onStderr = () => interruption.abort(new InterruptedError(130));
    expect((await asked("kiln_li", { signal: interruption.signal, onStderr })).exitCode).toBe(130);
    await expect(stat(file)).rejects.toThrow();
  });

  test("a file that others could read is closed to them as soon as it is written to", async () => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "{}");
    await chmod(file, 0o644);
    const { url } = await server();
    await kiln(["login", "--api", url], { stdin: KEY });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test("what the environment and the flags say wins over what is kept", async () => {
    const { url, callers } = await server();
    await kiln(["login", "--api", url], { stdin: KEY });
    await kiln(["jobs"], { env: { KILN_API_KEY: "kiln_live_from_the_environment" } });
    await kiln(["jobs", "--key", "kiln_live_from_the_command_line"], {
      env: { KILN_API_KEY: "kiln_live_from_the_environment" },
    });
    expect(callers.slice(1).map(({ key }) => key)).toEqual([
      "kiln_live_from_the_environment",
      "kiln_live_from_the_command_line",
    ]);
  });

  test("what is no key, and a server that is not there, keep nothing", async () => {
    const { url } = await server();
    expect((await kiln(["login", "--api", url], { stdin: "two words and more\n" })).exitCode).toBe(2);
    expect((await kiln(["login", "--api", url])).exitCode).toBe(2);
    expect((await kiln(["login", "--api", "http://127.0.0.1:1", "--anonymous"])).exitCode).toBe(3);
    await expect(stat(file)).rejects.toThrow();
  });

  test("kiln logout forgets the key and the server", async () => {
    const { url } = await server();
    await kiln(["login", "--api", url], { stdin: KEY });
    expect((await kiln(["logout"])).exitCode).toBe(0);
    expect(await settings()).toEqual({ servers: {} });
  });
});

test("settings that kiln did not write are told by their path, with exit code 2", async () => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '{"servers": 7}');
  const { exitCode, stderr } = await kiln(["jobs"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`${file} is not what kiln wrote`);
});
