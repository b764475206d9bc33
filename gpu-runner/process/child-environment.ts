/** The environment a child gets: an allow-list, never the runner's own, which holds its key. */
import { randomBytes } from "node:crypto";
import { OWNER_VARIABLE, ownerId, TAG_VARIABLE } from "./kill-tree.ts";
import { readEnvironmentValue } from "./proc-table.ts";

/** Where the system keeps programs. Engines name theirs by an absolute path. */
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * A tag for one child: a path of what it works for, with a random end. In a child that starts programs of its own the
 * path begins with its own tag, so that whoever ends the child ends them too, though they lead sessions of their own.
 */
export function newTag(attempt?: string): string {
  const own = readEnvironmentValue(process.pid, TAG_VARIABLE);
  return [own, attempt, randomBytes(16).toString("hex")].filter((part) => part !== undefined).join("/");
}

/** `home` is a private folder of the child: HOME and TMPDIR both. `extra` is what the engine itself wants to set. */
export function childEnvironment(
  home: string,
  tag: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    PATH: SYSTEM_PATH,
    LANG: "C.UTF-8",
    HOME: home,
    TMPDIR: home,
    ...extra,
    [TAG_VARIABLE]: tag,
    // A child's programs belong to the runner, as it does.
    [OWNER_VARIABLE]: readEnvironmentValue(process.pid, OWNER_VARIABLE) ?? ownerId(),
  };
}
