/**
 * Holds every source file against the import table, the reserved things, the banned module names and the length limit.
 * Run as a program it reads the files git knows of (or would add) and exits 1 when there is a violation.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import {
  BANNED_MODULE_NAMES,
  BANNED_NAMES_EXCEPT,
  IMPORT_TABLE,
  MAX_FILE_LINES,
  RESERVED,
  type Zone,
} from "./import-table.ts";
import { sourceFacts } from "./source-facts.ts";

const within = (path: string, place: string): boolean =>
  place.endsWith("/") ? path.startsWith(place) : path === place;

function zoneOf(path: string): Zone | undefined {
  const matching = IMPORT_TABLE.filter((zone) => within(path, zone.path));
  return matching.sort((a, b) => b.path.length - a.path.length)[0];
}

/** The repository path a specifier means, or null for a package. `#contract/x.ts` → `contract/x.ts`. */
function resolveLocal(from: string, specifier: string): string | null {
  if (specifier.startsWith("#")) return specifier.slice(1);
  if (specifier.startsWith(".")) return posix.normalize(posix.join(posix.dirname(from), specifier));
  return null;
}

/** `@scope/name/deep` → `@scope/name`; Node and Cloudflare builtins stay whole. */
function packageName(specifier: string): string {
  if (specifier.includes(":")) return specifier;
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

function importViolations(path: string, zone: Zone, imports: ReadonlySet<string>): string[] {
  const violations: string[] = [];
  for (const specifier of imports) {
    const target = resolveLocal(path, specifier.replace(/\?.*$/, ""));
    if (target === null) {
      const name = packageName(specifier);
      if (!zone.packages.includes("*") && !zone.packages.includes(name)) {
        violations.push(`${path}: ${zone.path} may not import the package ${name}`);
      }
      continue;
    }
    const targetZone = zoneOf(target);
    const own = targetZone?.path === zone.path;
    // The wiring at the top of worker/ and gpu-runner/ may see everything below it.
    const below = target.startsWith(zone.path);
    const allowed = own || below || zone.zones.some((place) => within(target, place));
    const outside = targetZone === undefined && !target.includes("/");
    if (!allowed && !outside) violations.push(`${path}: ${zone.path} may not import ${target}`);
  }
  return violations;
}

function reservedViolations(path: string, imports: ReadonlySet<string>, expressions: ReadonlySet<string>): string[] {
  return RESERVED.filter((rule) => within(path, rule.in) && !rule.only.some((place) => within(path, place)))
    .filter(
      (rule) =>
        rule.packages?.some((name) => imports.has(name)) || rule.expressions?.some((text) => expressions.has(text)),
    )
    .map((rule) => `${path}: ${rule.what} is reserved for ${rule.only.join(", ")}`);
}

function shapeViolations(path: string, text: string): string[] {
  const violations: string[] = [];
  const banned = path
    .split("/")
    .map((part) => part.replace(/\..*$/, ""))
    .find((part) => BANNED_MODULE_NAMES.includes(part));
  if (banned && !BANNED_NAMES_EXCEPT.some((place) => within(path, place))) {
    violations.push(`${path}: "${banned}" says nothing of what is inside; name it after what it holds`);
  }
  const lines = text.split("\n").length - 1;
  if (lines > MAX_FILE_LINES) violations.push(`${path}: ${lines} lines; split it, ${MAX_FILE_LINES} is the limit`);
  return violations;
}

/** All violations in one file, each a sentence that starts with the path. `path` is relative to the repository. */
export function checkFile(path: string, text: string): string[] {
  const shape = shapeViolations(path, text);
  const zone = zoneOf(path);
  if (!zone) return [...shape, `${path}: is in no zone of scripts/lint/import-table.ts`];
  const { imports, expressions } = sourceFacts(path, text);
  return [...shape, ...importViolations(path, zone, imports), ...reservedViolations(path, imports, expressions)];
}

/** Source files git tracks or would add, relative to `root`. */
export function sourceFiles(root: string): string[] {
  const patterns = ["*.ts", "*.tsx", "*.mjs", "*.js"];
  const output = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "--", ...patterns], {
    cwd: root,
    encoding: "utf8",
  });
  const deleted = execFileSync("git", ["ls-files", "-d", "--", ...patterns], { cwd: root, encoding: "utf8" });
  const gone = new Set(deleted.split("\n"));
  return output.split("\n").filter((path) => path !== "" && !gone.has(path) && !path.startsWith("tests/fixtures/"));
}

if (import.meta.main) {
  const root = posix.resolve(import.meta.dirname, "../..");
  const files = sourceFiles(root);
  const violations = files.flatMap((path) => checkFile(path, readFileSync(posix.join(root, path), "utf8")));
  for (const violation of violations) console.error(violation);
  console.log(`imports: ${files.length} files, ${violations.length} violations`);
  process.exitCode = violations.length > 0 || files.length === 0 ? 1 : 0;
}
