/**
 * What the command remembers between calls: the server, and for each server the key or the session that goes to it and to
 * no other. One file in the user's configuration folder (XDG), readable by nobody else. Two commands that write at the same
 * moment: the later one's file stays, so a first session made by the other is forgotten.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UsageError } from "../exit-codes.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const settingsSchema = z.object({
  /** The server that is meant when none is named. */
  api: z.string().optional(),
  /** By origin, e.g. `https://kiln.example.com`. */
  servers: z.record(z.string(), z.object({ key: z.string().optional(), session: z.string().optional() })).default({}),
});
export type Settings = z.infer<typeof settingsSchema>;
export type Credentials = Settings["servers"][string];

/** Where the settings are. */
export function settingsPath(env: Environment): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config"), "kiln", "config.json");
}

/** The settings; empty when there are none. Throws a UsageError when the file is broken. */
export async function readSettings(env: Environment): Promise<Settings> {
  const path = settingsPath(env);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw new UsageError(`${path} can't be read: ${error.message}`);
  });
  try {
    return settingsSchema.parse(JSON.parse(text));
  } catch {
    throw new UsageError(`${path} is not what kiln wrote. Mend or remove it, then log in again.`);
  }
}

/** Changes the settings as they are now. The file is whole at every moment, and only the user can read it. */
export async function changeSettings(env: Environment, change: (settings: Settings) => Settings): Promise<void> {
  const path = settingsPath(env);
  const settings = change(await readSettings(env));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${randomBytes(4).toString("hex")}`;
  try {
    await writeFile(partial, `${JSON.stringify(settings, null, 2)}\n`, { mode: 0o600, flag: "wx" });
    await chmod(partial, 0o600);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** The settings with other credentials for one server. */
export function withCredentials(settings: Settings, origin: string, credentials: Credentials): Settings {
  return { ...settings, servers: { ...settings.servers, [origin]: { ...settings.servers[origin], ...credentials } } };
}
