/** Secrets of a local stack: made once, kept in its state folder, readable by its owner only. */
import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const secretsSchema = z.object({
  SIGNING_KEYS: z.string(),
  RUNNER_KEY: z.string(),
  ADMIN_KEY: z.string(),
  KEY_PEPPER: z.string(),
});
export type LocalSecrets = z.infer<typeof secretsSchema>;

/** Reads `secrets.json` of the state folder, or makes it. Two starters at once end up with the same secrets. */
export function localSecrets(stateDir: string): LocalSecrets {
  mkdirSync(stateDir, { recursive: true });
  const path = join(stateDir, "secrets.json");
  const temporary = `${path}.${process.pid}`;
  const fresh: LocalSecrets = {
    SIGNING_KEYS: `local:${randomBytes(32).toString("base64")}`,
    RUNNER_KEY: randomBytes(32).toString("hex"),
    ADMIN_KEY: randomBytes(32).toString("hex"),
    KEY_PEPPER: randomBytes(32).toString("hex"),
  };
  try {
    writeFileSync(temporary, JSON.stringify(fresh, null, 2), { mode: 0o600 });
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  const kept: unknown = JSON.parse(readFileSync(path, "utf8"));
  // One from before there were all of these gets the rest added.
  const { ADMIN_KEY, KEY_PEPPER } = fresh;
  const parsed = secretsSchema.safeParse({ ADMIN_KEY, KEY_PEPPER, ...(kept as object) });
  if (!parsed.success) throw new Error(`${path} is damaged. Remove it; new secrets are made at the next start.`);
  const isWhole = "ADMIN_KEY" in (kept as object) && "KEY_PEPPER" in (kept as object);
  if (!isWhole) replaceFile(path, temporary, JSON.stringify(parsed.data, null, 2));
  return parsed.data;
}

function replaceFile(path: string, temporary: string, text: string): void {
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
