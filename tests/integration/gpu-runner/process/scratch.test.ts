/** What a killed runner leaves behind, folders and processes, is found and removed; what a living one has is not. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isAlive, killOrphans, OWNER_VARIABLE, ownerId } from "../../../../gpu-runner/process/kill-tree.ts";
import { makeScratchDir, removeScratchDir, sweepScratch } from "../../../../gpu-runner/process/scratch.ts";
import { fixture, isRunning, tempDir } from "./fixtures.ts";

/** The owner id of a process that has ended. */
async function deadOwner(): Promise<string> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return `${child.pid}-1`;
}

async function startForever(owner: string): Promise<number> {
  const [program = "", ...args] = fixture("forever");
  const child = spawn(program, args, {
    env: { [OWNER_VARIABLE]: owner },
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  await once(child.stdout, "data");
  return child.pid as number;
}

describe("scratch folders", () => {
  test("are private and fresh", async () => {
    const root = await tempDir();
    const [a, b] = await Promise.all([makeScratchDir(root, "attempt"), makeScratchDir(root, "attempt")]);
    expect(a).not.toBe(b);
    expect((await stat(a)).mode & 0o777).toBe(0o700);
    await removeScratchDir(a);
    await removeScratchDir(a);
    expect(await readdir(root)).toHaveLength(1);
  });

  test("of runners that are gone are swept, also one whose pid lives on as another process", async () => {
    const root = await tempDir();
    const mine = await makeScratchDir(root, "attempt");
    const stale = [`attempt-${await deadOwner()}-abc`, `child-${process.pid}-1-abc`];
    for (const name of [...stale, "somebody-elses"]) await mkdir(join(root, name, "deep"), { recursive: true });
    expect((await sweepScratch(root)).sort()).toEqual(stale.sort());
    expect((await readdir(root)).map((name) => join(root, name)).sort()).toEqual(
      [mine, join(root, "somebody-elses")].sort(),
    );
  });

  test("a root that does not exist has nothing to sweep", async () => {
    expect(await sweepScratch("/no/such/folder")).toEqual([]);
  });
});

describe("orphans", () => {
  test("children of a dead runner are killed, those of a living one are not", async () => {
    const orphan = await startForever(await deadOwner());
    const ours = await startForever(ownerId());
    const gone = killOrphans();
    try {
      expect(gone).toBeGreaterThanOrEqual(1);
      expect(isAlive(ownerId())).toBe(true);
      await expect.poll(() => isRunning(orphan)).toBe(false);
      expect(isRunning(ours)).toBe(true);
    } finally {
      process.kill(ours, "SIGKILL");
    }
  });
});
