/** The lock of the cache: waits for a living owner, takes over from a dead one, and is gone afterwards. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../../../scripts/setup/build-lock.mjs";

let dir: string;
let lock: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "kiln-lock-"));
  lock = join(dir, ".lock-x");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function leaveLock(owner: object): void {
  mkdirSync(lock);
  writeFileSync(join(lock, "owner.json"), JSON.stringify(owner));
}

const fail = (): never => {
  throw new Error("nobody should wait");
};

test("the work runs under the lock, which is gone afterwards", async () => {
  const result = await withLock(lock, fail, async () => existsSync(lock));
  expect(result).toBe(true);
  expect(existsSync(lock)).toBe(false);
});

test("the lock is gone even when the work fails", async () => {
  await expect(
    withLock(lock, fail, async () => {
      throw new Error("no");
    }),
  ).rejects.toThrow("no");
  expect(existsSync(lock)).toBe(false);
});

test("a second owner waits until the first is done, and is told whom it waits for", async () => {
  const order: string[] = [];
  let release = (): void => undefined;
  const first = withLock(lock, fail, async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    order.push("first");
  });
  const waitedFor = new Promise<{ pid: number } | null>((resolve) => {
    void withLock(lock, resolve, async () => order.push("second"));
  });
  expect((await waitedFor)?.pid).toBe(process.pid);
  expect(order).toEqual([]);
  release();
  await first;
  await expect.poll(() => order).toEqual(["first", "second"]);
});

test("a lock whose process on this machine is dead is taken over at once", async () => {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  leaveLock({ pid, host: hostname() });
  expect(await withLock(lock, fail, async () => "done")).toBe("done");
});

test("a lock of another machine is taken over when nobody touched it for long", async () => {
  leaveLock({ pid: 1, host: "elsewhere" });
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(lock, longAgo, longAgo);
  expect(await withLock(lock, fail, async () => "done")).toBe("done");
});
