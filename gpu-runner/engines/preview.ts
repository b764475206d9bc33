/** Draws the preview picture of a GLB with f3d, in a prewarmed process that has its shaders and light ready. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { EngineRun, PoolSettings, Probe } from "./engine.ts";
import { PooledEngine } from "./pooled-engine.ts";
import { probePython } from "./python-probe.ts";

export interface PreviewOptions {
  /** Interpreter of the environment that holds `f3d`. */
  readonly python: string;
}

/** Where a model is seen from: 0° and 0° is from +Z, an azimuth of 90° from +X. The elevation must be within ±80°. */
export interface Orbit {
  readonly azimuthDeg: number;
  readonly elevationDeg: number;
}

/** Files to draw; the animation is left out when it has no path. */
export interface OrbitPaths {
  readonly webpPath: string;
  readonly turntablePath?: string | undefined;
}

/** Version of `f3d` in requirements-blender.txt. */
const F3D_VERSION = "4.0.0";
const WIDTH_PX = 800;
const HEIGHT_PX = 600;
const WEBP_QUALITY = 90;
/** Once around in four seconds. f3d takes a quarter of a second for a frame. */
const TURNTABLE = { frames: 30, width: 480, height: 360 } as const;
const TURNTABLE_FRAME_MS = 133;
const TURNTABLE_MAX_BYTES = 2_000_000;
/** Tried in turn until the animation is small enough; the last one is taken however large it is. */
const TURNTABLE_QUALITIES = [80, 65, 45, 25];
const SCRIPT = fileURLToPath(new URL("../python/preview.py", import.meta.url));
/** Folder in the environment where f3d's light is kept between processes. */
const LIGHT_FOLDER = "f3d-light";

/** The command that starts the child; with an empty stdin it only prepares the light, for set-up. */
function previewCommand(python: string): string[] {
  return [python, "-B", SCRIPT, join(dirname(dirname(python)), LIGHT_FOLDER)];
}

export class PreviewEngine extends PooledEngine {
  readonly #options: PreviewOptions;

  constructor(pool: PoolSettings, options: PreviewOptions) {
    super({ ...pool, name: "Preview", argv: previewCommand(options.python) });
    this.#options = options;
  }

  override probe(): Promise<Probe> {
    return probePython(this.#options.python, F3D_VERSION, "Blender and f3d");
  }

  /** Draws `glbPath` into `webpPath`, 800 × 600. Returns f3d's version. */
  async draw(glbPath: string, webpPath: string, run: EngineRun): Promise<string> {
    const pngPath = join(run.workDir, "preview.png");
    const { version } = await this.pool.run({ glbPath, pngPath }, run);
    await sharp(pngPath).resize(WIDTH_PX, HEIGHT_PX).webp({ quality: WEBP_QUALITY }).toFile(webpPath);
    return String(version);
  }

  /**
   * Draws a model that was made of photos: `webpPath` 800 × 600 from `orbit`, and the way once around from there as an
   * animation. All of the model is in every picture. Returns f3d's version.
   */
  async drawOrbit(glbPath: string, paths: OrbitPaths, orbit: Orbit, run: EngineRun): Promise<string> {
    const pngPath = join(run.workDir, "preview.png");
    const rawPath = join(run.workDir, "turntable.raw");
    const turntable = paths.turntablePath ? { turntable: { ...TURNTABLE, rawPath } } : {};
    const { version } = await this.pool.run({ glbPath, pngPath, orbit, ...turntable }, run);
    await sharp(pngPath).resize(WIDTH_PX, HEIGHT_PX).webp({ quality: WEBP_QUALITY }).toFile(paths.webpPath);
    if (paths.turntablePath) await encodeTurntable(await readFile(rawPath), paths.turntablePath);
    return String(version);
  }
}

/** RGB frames, one below the other, to an animation without end. */
async function encodeTurntable(pixels: Buffer, webpPath: string): Promise<void> {
  const { width, height, frames } = TURNTABLE;
  const raw = { width, height: height * frames, pageHeight: height, channels: 3 } as const;
  const delay = Array.from({ length: frames }, () => TURNTABLE_FRAME_MS);
  for (const quality of TURNTABLE_QUALITIES) {
    await sharp(pixels, { raw }).webp({ quality, loop: 0, delay }).toFile(webpPath);
    if ((await stat(webpPath)).size <= TURNTABLE_MAX_BYTES) return;
  }
}
