/**
 * Photos of geometry made in Blender, with exact cameras and surface: makes them, or finds them in the cache. The folder is
 * named after its options and the code that made it; README.md says what is in it.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { cacheDirectory, pythonEnvironment } from "../../../gpu-runner/engines/python-environment.mjs";
import { withLock } from "../../../scripts/setup/build-lock.mjs";

const CODE = import.meta.dirname;
const BENCH = dirname(CODE);
const RUNNER_PYTHON = join(CODE, "../../../gpu-runner/python");

/** `textured`: a rough head full of detail; `plain`: a smooth jug of one colour, seen through a lens that distorts, with exposures that
 * drift; `repeating`: as `textured`, on a ground that repeats itself, which misleads mappers. */
export const SCENES = ["textured", "plain", "repeating"] as const;
export type Scene = (typeof SCENES)[number];

export interface TurntableOptions {
  readonly scene: Scene;
  /** Photos on the whole way. */
  readonly views: number;
  /** Of a photo, pixels; it is 3/4 as high. */
  readonly width: number;
  /** Only every so many photos are made; they are the same as without. */
  readonly every: number;
  /** Degrees that the photos go around the object; 360 = three closed rings. */
  readonly arcDeg: number;
  /** Also a film of a smooth orbit. */
  readonly video: boolean;
  /** Side of an ArUco marker (4×4_50) beside the object; 0 = none. */
  readonly markerMm: number;
  readonly seed: number;
}

const DEFAULTS: TurntableOptions = {
  scene: "textured",
  views: 48,
  width: 1024,
  every: 1,
  arcDeg: 360,
  video: false,
  markerMm: 0,
  seed: 0,
};

/**
 * The folder with the photos, made when it isn't there yet. Processes that ask at the same time wait for each other.
 * `onLine` is told each line of progress.
 */
export async function turntable(
  wanted: Partial<TurntableOptions> = {},
  onLine: (line: string) => void = () => {},
): Promise<string> {
  const options = { ...DEFAULTS, ...wanted };
  const cache = join(cacheDirectory(process.env), "turntable");
  await mkdir(cache, { recursive: true });
  const name = `${options.scene}-${options.views}x${options.width}-${await hash(options)}`;
  return await inCache(cache, name, onLine, async (folder) => {
    const geometry = await makeGeometry(cache, options, onLine);
    const optionsFile = join(folder, "options.json");
    await writeFile(optionsFile, JSON.stringify(options));
    const files = [optionsFile, join(geometry, "geometry.npz"), join(geometry, "light.npz"), folder];
    await runPython("photogrammetry", ["-m", "turntable.write_dataset", ...files], onLine);
    await rm(optionsFile);
  });
}

/** Shapes and light don't depend on where the camera is: they have a folder of their own. */
async function makeGeometry(cache: string, { scene, markerMm }: TurntableOptions, onLine: (line: string) => void) {
  const name = `geometry-${scene}-${await hash({ scene, markerMm })}`;
  return await inCache(cache, name, onLine, async (folder) => {
    onLine(`Blender makes the shapes of ${scene}`);
    const geometry = join(folder, "geometry.npz");
    await runPython("blender", [join(CODE, "shapes.py"), scene, String(markerMm), geometry], onLine);
    await runPython("photogrammetry", ["-m", "turntable.light", geometry, join(folder, "light.npz")], onLine);
  });
}

/** A folder of the cache: complete, or not there. */
async function inCache(
  cache: string,
  name: string,
  onLine: (line: string) => void,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, name);
  if (await exists(folder)) return folder;
  await withLock(
    `${folder}.lock`,
    () => onLine(`Another process makes ${name}; waiting for it`),
    async () => {
      if (await exists(folder)) return;
      const part = `${folder}.part-${process.pid}`;
      try {
        await mkdir(part);
        await make(part);
        await rename(part, folder);
      } finally {
        await rm(part, { recursive: true, force: true });
      }
    },
  );
  return folder;
}

/** Of options and of all code that has a say in the pictures. */
async function hash(options: object): Promise<string> {
  const digest = createHash("sha256").update(JSON.stringify(options));
  for (const name of (await readdir(CODE)).filter((file) => file.endsWith(".py")).sort())
    digest.update(name).update(await readFile(join(CODE, name)));
  return digest.digest("hex").slice(0, 12);
}

async function runPython(environment: string, args: string[], onLine: (line: string) => void): Promise<void> {
  const { python } = pythonEnvironment(environment, cacheDirectory(process.env));
  const env = { ...process.env, PYTHONPATH: `${BENCH}:${RUNNER_PYTHON}`, PYTHONDONTWRITEBYTECODE: "1" };
  const child = spawn(python, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-4_000);
      for (const line of text.split("\n")) if (line) onLine(line);
    });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${output}`);
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );
