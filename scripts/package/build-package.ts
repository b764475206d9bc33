/**
 * The published shape of `kiln`: a folder with the command and the client as plain JavaScript, types, and a manifest of its
 * own. Node strips no types inside node_modules, and who only wants to talk to a server needs none of the engines' packages
 * that the repository's own package.json lists.
 */
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { execa } from "execa";
import { type OutputChunk, rolldown } from "rolldown";
import { relativeSpecifiers } from "./declaration-paths.ts";

const ROOT = join(import.meta.dirname, "../..");
/** What the types of the client name; everything else is in the bundles. */
const DEPENDENCIES = ["zod"];
/** The oldest Node that the command runs on (`Dirent.parentPath`). */
const NODE = ">=20.12";

interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly private: boolean;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * Builds the package into `outDir`, which is emptied first.
 * @throws with the compiler's output when the types can't be made
 */
export async function buildPackage(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  const root = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as RootManifest;
  const [cli, client] = await Promise.all([
    bundle(join(ROOT, "cli/kiln.ts"), join(outDir, "cli/kiln.js"), "node"),
    bundle(join(ROOT, "client/index.ts"), join(outDir, "client/index.js"), "browser"),
    declarations(join(outDir, "types")),
  ]);
  await chmod(join(outDir, "cli/kiln.js"), 0o755);
  await writeFile(join(outDir, "package.json"), `${JSON.stringify(manifestOf(root), null, 2)}\n`);
  await copyFile(join(ROOT, "LICENSE"), join(outDir, "LICENSE"));
  await copyFile(join(ROOT, "client/README.md"), join(outDir, "README.md"));
  await writeFile(join(outDir, "THIRD-PARTY-LICENSES.txt"), await licencesOf([...cli, ...client]));
}

/** The manifest of the package: what the repository's says of it, and where things are. */
function manifestOf({ name, version, description, license, private: isPrivate, dependencies }: RootManifest): object {
  return {
    name,
    version,
    description,
    license,
    private: isPrivate,
    type: "module",
    engines: { node: NODE },
    bin: { kiln: "cli/kiln.js" },
    exports: {
      "./client": { types: "./types/client/index.d.ts", default: "./client/index.js" },
      "./package.json": "./package.json",
    },
    sideEffects: false,
    dependencies: Object.fromEntries(DEPENDENCIES.map((dependency) => [dependency, dependencies[dependency]])),
  };
}

/** Bundles a program into one file and answers the modules that are in it. */
async function bundle(input: string, file: string, platform: "node" | "browser"): Promise<string[]> {
  const build = await rolldown({ input, platform, cwd: ROOT });
  const { output } = await build.write({
    file,
    format: "es",
    minify: platform === "browser",
    codeSplitting: false,
  });
  await build.close();
  const chunks = output.filter((part): part is OutputChunk => part.type === "chunk");
  return chunks.flatMap(({ moduleIds }) => moduleIds);
}

/** The types of the client and of what it names in the contract, each file for itself. */
async function declarations(outDir: string): Promise<void> {
  const args = [
    join(ROOT, "node_modules/typescript/bin/tsc"),
    ...["-p", join(import.meta.dirname, "declarations.json"), "--outDir", outDir],
  ];
  const { failed, all } = await execa(process.execPath, args, { cwd: ROOT, all: true, reject: false });
  if (failed) throw new Error(`The client's types can't be made:\n${all}`);
  for (const name of await readdir(outDir, { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(outDir, name);
    await writeFile(path, relativeSpecifiers(name, await readFile(path, "utf8")));
  }
}

/** The licences of the packages that are in the bundles, as they ask for. */
async function licencesOf(modules: readonly string[]): Promise<string> {
  const folders = modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
  const texts = [...new Set(folders)].toSorted().map(async (folder) => {
    const file = (await readdir(folder)).find((name) => /^(un)?licen[cs]e/i.test(name));
    const text = file === undefined ? await statedLicence(folder) : await readFile(join(folder, file), "utf8");
    return `${basename(folder)}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

/** What the manifest says, for a package that has no file of it. */
async function statedLicence(folder: string): Promise<string> {
  const { license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as { license?: string };
  if (license === undefined) throw new Error(`${folder} says nothing of its licence.`);
  return `License: ${license}`;
}

/** Builds the package and packs it; resolves with the path of the tarball. */
export async function packPackage(outDir: string, tarballDir: string): Promise<string> {
  await buildPackage(outDir);
  await mkdir(tarballDir, { recursive: true });
  const npm = join(dirname(process.execPath), "npm");
  const program = existsSync(npm) ? npm : "npm";
  const args = ["pack", "--json", "--pack-destination", tarballDir];
  const { stdout } = await execa(program, args, { cwd: outDir });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  if (!packed) throw new Error("npm pack wrote no tarball.");
  return join(tarballDir, packed.filename);
}
