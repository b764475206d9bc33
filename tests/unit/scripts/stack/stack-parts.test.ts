/** The small parts a local stack is put together from. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../../../scripts/stack/free-port.ts";
import { localSecrets } from "../../../../scripts/stack/local-secrets.ts";
import { formatLogLine } from "../../../../scripts/stack/log-line.ts";
import { readStartOptions } from "../../../../scripts/stack/start-options.ts";
import { lockState, noteAddress, runningAddress } from "../../../../scripts/stack/state-lock.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kiln-stack-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("secrets", () => {
  test("are made once, kept, and readable by their owner only", () => {
    const secrets = localSecrets(dir);
    expect(secrets.RUNNER_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(secrets.SIGNING_KEYS).toMatch(/^local:[A-Za-z0-9+/]{43}=$/);
    expect(localSecrets(dir)).toEqual(secrets);
    expect(statSync(join(dir, "secrets.json")).mode & 0o777).toBe(0o600);
  });

  test("from before there was an admin key get one, and keep the others", () => {
    const { ADMIN_KEY: _later, ...older } = localSecrets(dir);
    writeFileSync(join(dir, "secrets.json"), JSON.stringify(older));
    const secrets = localSecrets(dir);
    expect(secrets).toMatchObject(older);
    expect(secrets.ADMIN_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(localSecrets(dir)).toEqual(secrets);
    expect(statSync(join(dir, "secrets.json")).mode & 0o777).toBe(0o600);
  });

  test("differ between state folders", () => {
    expect(localSecrets(join(dir, "a"))).not.toEqual(localSecrets(join(dir, "b")));
  });

  test("that are damaged are named with the way out", () => {
    writeFileSync(join(dir, "secrets.json"), "{}");
    expect(() => localSecrets(dir)).toThrow(/secrets\.json is damaged\. Remove it/);
  });
});

describe("the state folder", () => {
  test("belongs to one stack at a time", () => {
    // Process 1 is never us, and always runs.
    writeFileSync(join(dir, "lock"), "1");
    expect(() => lockState(dir)).toThrow(/is in use by process 1.*--state/);
  });

  test("is free again when it was given back, or when its owner is gone", () => {
    lockState(dir)();
    writeFileSync(join(dir, "lock"), "4194305");
    const unlock = lockState(dir);
    unlock();
    lockState(dir)();
  });
});

describe("the address of a running stack", () => {
  test("is known while it holds the lock, and not afterwards", () => {
    const unlock = lockState(dir);
    noteAddress(dir, "http://127.0.0.1:1");
    expect(runningAddress(dir)).toBe("http://127.0.0.1:1");
    unlock();
    expect(runningAddress(dir)).toBeNull();
  });

  test("is not taken from one that was killed", () => {
    noteAddress(dir, "http://127.0.0.1:1");
    writeFileSync(join(dir, "lock"), "4194305");
    expect(runningAddress(dir)).toBeNull();
  });
});

describe("ports", () => {
  test("0 finds a free one", async () => {
    expect(await freePort(0)).toBeGreaterThan(1023);
  });

  test("one that is taken is named, with the flag for another", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await expect(freePort(port)).rejects.toThrow(
      `Port ${port} is taken. Stop what listens there, or choose another one with --port.`,
    );
    server.close();
  });
});

describe("options of npm start", () => {
  test("have defaults", () => {
    expect(readStartOptions([], dir)).toEqual({ port: 8787, runners: 1, stateDir: expect.stringMatching(/\/\.kiln$/) });
  });

  test("are read, paths from where the user is", () => {
    const options = readStartOptions(["--port", "0", "--state", "here", "--runners=3"], dir);
    expect(options).toEqual({ port: 0, runners: 3, stateDir: join(dir, "here") });
  });

  test.each([
    [["--port", "http"], "--port http is not a port"],
    [["--port", "70000"], "is not a port"],
    [["--runners", "-1"], "--runners"],
    [["--runners", "1.5"], "is not a number"],
    [["--prot", "1"], "--prot"],
  ])("%j is refused with a sentence", (args, message) => {
    expect(readStartOptions(args, dir)).toEqual({ error: expect.stringContaining(message) });
  });

  test("--help asks for help", () => {
    expect(readStartOptions(["--help"], dir)).toEqual({ help: true });
  });
});

test("a runner's JSON log line is shown as a sentence, another line as it is", () => {
  const line = JSON.stringify({ at: "2026-01-01T00:00:00Z", level: "warn", message: "no", runnerId: "r", ms: 3 });
  expect(formatLogLine("runner-1", line)).toContain("warn: no ms=3");
  expect(formatLogLine("worker", "{ not json")).toContain("{ not json");
});
