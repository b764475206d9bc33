/**
 * How children are confined on this machine. It uses what util-linux offers and what is found to work: `prlimit` for
 * limits, `setpriv` for "no new privileges", for death with the runner, and, where the runner is root, for another uid
 * so that a child can't read the runner's environment (measured: the same uid can, through /proc).
 */
import { execa } from "execa";
import { MAX_ARTIFACT_BYTES } from "#contract/limits.ts";
import { SYSTEM_PATH } from "./child-environment.ts";

/** `nobody` on every Linux distribution. All children of a runner share it. */
const CHILD_UID = 65_534;
const MAX_OPEN_FILES = 4_096;
/** Threads and processes of the child uid, all together. Only meaningful where children have their own uid. */
const MAX_PROCESSES = 4_096;
/** Room for the largest artifact and a scratch copy's overhead. */
const MAX_FILE_BYTES = MAX_ARTIFACT_BYTES + 1_000_000_000;
const PROBE_TIMEOUT_MS = 5_000;
const SETPRIV_BASE = ["setpriv", "--no-new-privs", "--pdeathsig=KILL"];
const SETPRIV_UID = [
  ...SETPRIV_BASE,
  `--reuid=${CHILD_UID}`,
  `--regid=${CHILD_UID}`,
  "--clear-groups",
  "--bounding-set=-all",
  "--inh-caps=-all",
];

export interface Sandbox {
  /** For the registration: what is in use, e.g. `uid+no-new-privs+prlimit`, or `none`. */
  readonly name: string;
  readonly setpriv: boolean;
  readonly prlimit: boolean;
  /** The uid children get where they can read their program; null = the runner's own. */
  readonly uid: number | null;
}

export interface ChildLimits {
  /** Address space. Leave it out for children that use a GPU: CUDA maps far more than it uses. */
  readonly memoryBytes?: number;
}

let probed: Promise<Sandbox> | undefined;

/** Finds out once per process what works here. */
export function probeSandbox(): Promise<Sandbox> {
  probed ??= probe();
  return probed;
}

async function probe(): Promise<Sandbox> {
  const isRoot = process.getuid?.() === 0;
  const [prlimit, setpriv, uidWorks] = await Promise.all([
    works(["prlimit", "--core=0", "--", "true"]),
    works([...SETPRIV_BASE, "--", "true"]),
    isRoot ? works([...SETPRIV_UID, "--", "true"]) : false,
  ]);
  const parts = [uidWorks && "uid", setpriv && "no-new-privs", prlimit && "prlimit"].filter(Boolean);
  return { name: parts.join("+") || "none", setpriv, prlimit, uid: uidWorks ? CHILD_UID : null };
}

/**
 * Whether children of the sandbox's uid can read these files and reach what lies in these folders; all paths are
 * absolute. A virtual environment under root's home can't be read, for example: such a child keeps the runner's uid.
 */
export async function isUsableByChild(
  sandbox: Sandbox,
  paths: { readonly files: readonly string[]; readonly folders: readonly string[] },
): Promise<boolean> {
  if (sandbox.uid === null) return false;
  const tests = [...paths.files.map((path) => ["-r", path]), ...paths.folders.map((path) => ["-x", path])];
  const results = await Promise.all(tests.map((test) => works([...SETPRIV_UID, "--", "test", ...test])));
  return results.every(Boolean);
}

/** The command line that starts `argv` confined. The pid stays the same: every part replaces itself by the next. */
export function wrapCommand(sandbox: Sandbox, argv: readonly string[], limits: ChildLimits, ownUid: boolean): string[] {
  const command: string[] = [];
  if (sandbox.setpriv) command.push(...(ownUid ? SETPRIV_UID : SETPRIV_BASE), "--");
  if (sandbox.prlimit) {
    command.push("prlimit", "--core=0", `--nofile=${MAX_OPEN_FILES}:${MAX_OPEN_FILES}`, `--fsize=${MAX_FILE_BYTES}`);
    if (ownUid) command.push(`--nproc=${MAX_PROCESSES}`);
    if (limits.memoryBytes !== undefined) command.push(`--as=${limits.memoryBytes}`);
    command.push("--");
  }
  return [...command, ...argv];
}

/** Whether a command can be run, found as a child would find it. */
async function works(argv: readonly string[]): Promise<boolean> {
  const [program = "", ...args] = argv;
  const result = await execa(program, args, {
    env: { PATH: SYSTEM_PATH },
    extendEnv: false,
    reject: false,
    stdio: "ignore",
    timeout: PROBE_TIMEOUT_MS,
  });
  return result.exitCode === 0;
}
