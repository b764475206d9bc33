/**
 * Children that do not outlive this process, even when it is killed with SIGKILL, and that a Ctrl-C on the terminal does
 * not reach: they are told to stop by us, in order. Where the system lacks the tools, they are ordinary children.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const SETPRIV = "/usr/bin/setpriv";

/** Whether `setpriv --pdeathsig` (util-linux) is here: the kernel signals the child when its parent dies. */
const CAN_TIE = process.platform === "linux" && existsSync(SETPRIV);

/** The argv that runs `argv` tied to this process; `signal` is what it gets when we die. */
export function tiedArgv(
  argv: readonly [string, ...string[]],
  signal: "TERM" | "KILL",
): readonly [string, ...string[]] {
  return CAN_TIE ? [SETPRIV, "--pdeathsig", signal, "--", ...argv] : argv;
}

/** Makes Miniflare start workerd tied to this process, in a session of its own. Call it before a Miniflare is made. */
export function tieWorkerd(): void {
  if (!CAN_TIE || process.env.KILN_WORKERD) return;
  const require = createRequire(import.meta.url);
  const workerd = require("workerd") as string | { default: string };
  process.env.KILN_WORKERD = typeof workerd === "string" ? workerd : workerd.default;
  process.env.MINIFLARE_WORKERD_PATH = join(import.meta.dirname, "tied-workerd.sh");
}
