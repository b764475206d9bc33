/**
 * System libraries, by Debian package. Only what is missing is installed; without root and sudo the command to run is
 * named. On a system without dpkg nothing is done: a missing library then shows when the tool that needs it is tried.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError, step, tail } from "./step.mjs";

/**
 * Reads `apt-packages.txt`.
 * @param {string} text lines of "need: package …"; "#" starts a comment
 * @returns {Map<string, string[]>}
 */
export function parseAptPackages(text) {
  const needs = new Map();
  for (const line of text.split("\n")) {
    const match = /^([a-z-]+):\s*(.+)$/.exec(line.replace(/#.*/, "").trim());
    if (match) needs.set(match[1], match[2].split(/\s+/));
  }
  return needs;
}

/** The packages of these that dpkg does not have; null when there is no dpkg. */
async function missingOf(packages) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
  const { code, output } = await run("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Abbrev}\n", ...packages]);
  if (code === 127) return null;
  const installed = new Set(
    output
      .split("\n")
      .filter((line) => / ii ?$/.test(line))
      .map((line) => line.split(" ")[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

/** How to become root here: [] when we are, null when there is no way. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if ((await run("sudo", ["-n", "true"])).code === 0) return ["sudo", "-n"];
  // sudo asks for the password on the terminal itself.
  if (process.stdin.isTTY && (await run("sudo", ["--version"])).code === 0) return ["sudo"];
  return null;
}

async function aptGet(prefix, args) {
  const command = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
  return run(command[0], command.slice(1), { inheritStdin: true });
}

/**
 * Installs the packages that are missing.
 * @param {readonly string[]} packages
 * @param {string} what they are for, e.g. "System libraries"
 */
export async function installAptPackages(packages, what) {
  const missing = await missingOf(packages);
  if (!missing || missing.length === 0) return;
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  const prefix = await rootPrefix();
  if (!prefix) {
    throw new SetupError(`${what} are missing, and this user may not install them. Run as root:\n  ${byHand}`);
  }
  await step(`${what}: ${missing.join(" ")} (apt)`, async () => {
    const install = ["install", "-y", "-q", "--no-install-recommends", ...missing];
    // Package lists may be absent or out of date: the first failure is answered with an update.
    if ((await aptGet(prefix, install)).code === 0) return;
    await aptGet(prefix, ["update", "-q"]);
    const { code, output } = await aptGet(prefix, install);
    if (code !== 0) throw new SetupError(`apt-get failed:\n${tail(output)}\n  Run as root:\n  ${byHand}`);
  });
}

/**
 * Installs what a list of needs asks for.
 * @param {string} root repository
 * @param {readonly string[]} needs as named in scripts/apt-packages.txt
 */
export async function setUpAptPackages(root, needs) {
  const known = parseAptPackages(readFileSync(join(root, "scripts", "apt-packages.txt"), "utf8"));
  const packages = needs.flatMap((need) => known.get(need) ?? []);
  await installAptPackages(packages, "System packages");
}
