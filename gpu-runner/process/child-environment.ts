/** The environment a child gets: an allow-list, never the runner's own, which holds its key. */
import { OWNER_VARIABLE, ownerId, TAG_VARIABLE } from "./kill-tree.ts";

/** Where the system keeps programs. Engines name theirs by an absolute path. */
export const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
    [OWNER_VARIABLE]: ownerId(),
  };
}
