/** Builds the site when its sources are newer than what was built. */

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";

const ROOT = join(import.meta.dirname, "../..");
const SOURCES = ["pages", "client", "contract", "package-lock.json"];
const BUILT = join(ROOT, "pages/dist/index.html");

async function newest(path: string): Promise<number> {
  const info = await stat(path);
  if (!info.isDirectory()) return info.mtimeMs;
  const entries = (await readdir(path)).filter((name) => name !== "dist" && !name.startsWith("."));
  return Math.max(0, ...(await Promise.all(entries.map((name) => newest(join(path, name))))));
}

/**
 * Builds `pages/dist` if it is missing or stale.
 * @param log told when there is something to wait for
 * @throws with vite's own output when the site does not build
 */
export async function buildSite(log: (line: string) => void): Promise<void> {
  const sources = await Promise.all(SOURCES.map((name) => newest(join(ROOT, name))));
  if (existsSync(BUILT) && (await stat(BUILT)).mtimeMs > Math.max(...sources)) return;
  log("building the site …");
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const args = [vite, "build", "pages", "--logLevel", "warn"];
  const { failed, all } = await execa(process.execPath, args, { cwd: ROOT, all: true, reject: false });
  if (failed) throw new Error(`The site does not build:\n${all}`);
}
