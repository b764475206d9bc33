/**
 * The program behind the part of `kiln doctor` that is about this machine: what the engines need and whether it is there. One
 * JSON object a line on stdout. Starts no engine, changes nothing.
 */
import { readdir, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { engineSettings, type LocalConfig, loadLocalConfig } from "./config.ts";
import type { Engine } from "./engines/engine.ts";
import { closeEngines, type EngineName, makeEngines } from "./engines/engines.ts";
import { RECIPES } from "./jobs/recipes.ts";
import { runProcess } from "./process/run-process.ts";
import { errorText } from "./runner-log.ts";

/** `note`: nothing is wrong, and something could be added. */
interface Finding {
  readonly name: string;
  readonly state: "ok" | "missing" | "note";
  readonly text: string;
  /** The command or setting that mends it. */
  readonly fix?: string;
}

/** What people call the engines. Those that are part of this package and can't be missing are not named. */
const TITLES: Partial<Record<EngineName, string>> = {
  blender: "Blender (bpy)",
  preview: "f3d",
  rembg: "rembg",
  photogrammetry: "COLMAP and Open3D",
  animation: "ffmpeg and img2webp",
  potrace: "potrace",
  rsvg: "rsvg-convert",
  openmvs: "OpenMVS",
};
/** Engines that a job can do without. */
const OPTIONAL: ReadonlySet<EngineName> = new Set(["openmvs"]);
/** Below this, a job with large files may not come to its end. */
const LOW_DISK_BYTES = 5e9;
const GPU_TIMEOUT_MS = 10_000;

async function engineFindings(config: LocalConfig): Promise<Finding[]> {
  const engines = makeEngines(engineSettings(config, 1, () => undefined));
  try {
    const named = Object.entries(TITLES) as [EngineName, string][];
    return await Promise.all(
      named.map(async ([engine, name]): Promise<Finding> => {
        const probe = await (engines[engine] as Engine).probe();
        if (probe.ok) return { name, state: "ok", text: probe.version };
        const { missing, fix } = probe;
        if (OPTIONAL.has(engine))
          return { name, state: "note", text: `${missing} is not installed; nothing needs it`, fix };
        const types = [...RECIPES].filter(([, recipe]) => recipe.engines.includes(engine)).map(([type]) => type);
        const without = types.length === 0 ? "" : `; without it no ${types.join(", ")}`;
        return { name, state: "missing", text: `${missing} is missing${without}`, fix };
      }),
    );
  } finally {
    await closeEngines(engines);
  }
}

async function modelFinding({ rembg }: LocalConfig): Promise<Finding> {
  const files = await readdir(rembg.modelsDir).catch(() => [] as string[]);
  const models = files.filter((name) => name.endsWith(".onnx")).map((name) => name.slice(0, -".onnx".length));
  const name = "models for cut-outs";
  if (models.length === 0) return { name, state: "missing", text: "not even u2netp is there", fix: "npm run setup" };
  return { name, state: "ok", text: `${models.join(", ")}; others are fetched when they are asked for` };
}

async function gpuFinding(): Promise<Finding> {
  const name = "GPU";
  try {
    const { stdout } = await runProcess({
      argv: ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
      workDir: tmpdir(),
      signal: AbortSignal.timeout(GPU_TIMEOUT_MS),
      timeoutMs: GPU_TIMEOUT_MS,
      tag: "doctor-gpu",
    });
    const [first] = stdout.trim().split("\n");
    if (first) return { name, state: "ok", text: first };
  } catch {
    // No driver is no fault: everything runs on the processor.
  }
  return { name, state: "note", text: "no NVIDIA driver; everything runs on the processor, photogrammetry slowly" };
}

async function diskFinding(title: string, path: string): Promise<Finding> {
  const name = `disk for ${title}`;
  for (let folder = path; ; folder = dirname(folder)) {
    const info = await statfs(folder).catch(() => null);
    if (info === null && folder !== dirname(folder)) continue;
    const free = info === null ? 0 : info.bavail * info.bsize;
    const text = `${(free / 1e9).toFixed(1)} GB free at ${path}`;
    if (free >= LOW_DISK_BYTES) return { name, state: "ok", text };
    return {
      name,
      state: "missing",
      text: `only ${text}`,
      fix: "free some space, or move it: KILN_WORK_DIR, KILN_CACHE",
    };
  }
}

async function main(): Promise<void> {
  const config = loadLocalConfig();
  const findings = await Promise.all([
    engineFindings(config),
    modelFinding(config),
    gpuFinding(),
    diskFinding("work", config.workRoot),
    diskFinding("engines and models", config.rembg.modelsDir),
  ]);
  for (const finding of findings.flat()) process.stdout.write(`${JSON.stringify(finding)}\n`);
}

try {
  await main();
} catch (error) {
  const finding: Finding = { name: "settings", state: "missing", text: errorText(error), fix: "correct the variables" };
  process.stdout.write(`${JSON.stringify(finding)}\n`);
}
