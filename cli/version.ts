/** What belongs to the package that the command is part of: its version, and what else lies in it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder with package.json: the repository, or the installed package. */
export const PACKAGE_ROOT = fileURLToPath(new URL("..", import.meta.url));

/** The version, as package.json says. */
export function readVersion(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
