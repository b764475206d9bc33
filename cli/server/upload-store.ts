/**
 * Which uploads were begun with which files, so that a command that was broken off sends only what is missing. A file in the
 * user's state folder (XDG). It holds nothing that must not be lost: without it files are sent anew.
 */
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { KeyValueStore } from "#client/uploads/upload-memory.ts";

/** The store of this user; the one value that the client keeps is the file's content. */
export function uploadStore(env: Readonly<Record<string, string | undefined>>): KeyValueStore {
  const path = join(env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local", "state"), "kiln", "uploads.json");
  return {
    getItem: () => readFile(path, "utf8").catch(() => null),
    async setItem(_, value) {
      const partial = `${path}.${randomBytes(4).toString("hex")}`;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        await writeFile(partial, value, { mode: 0o600, flag: "wx" });
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },
  };
}
