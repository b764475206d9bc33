/** Draws the preview picture of a GLB with f3d, in a prewarmed process that has its shaders and light ready. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { OneShotPool } from "../process/one-shot.ts";
import type { Engine, EngineRun, PoolSettings, Probe, WarmOptions } from "./engine.ts";
import { probePython } from "./python-probe.ts";

export interface PreviewOptions {
  /** Interpreter of the environment that holds `f3d`. */
  readonly python: string;
}

/** Version of `f3d` in requirements-blender.txt. */
const F3D_VERSION = "4.0.0";
const WIDTH_PX = 800;
const HEIGHT_PX = 600;
const WEBP_QUALITY = 90;
const SCRIPT = fileURLToPath(new URL("../python/preview.py", import.meta.url));
/** Folder in the environment where f3d's light is kept between processes. */
const LIGHT_FOLDER = "f3d-light";

/** The command that starts the child; with an empty stdin it only prepares the light, for set-up. */
export function previewCommand(python: string): string[] {
  return [python, "-B", SCRIPT, join(dirname(dirname(python)), LIGHT_FOLDER)];
}

export class PreviewEngine implements Engine {
  readonly #options: PreviewOptions;
  readonly #pool: OneShotPool;

  constructor(pool: PoolSettings, options: PreviewOptions) {
    this.#options = options;
    this.#pool = new OneShotPool({ ...pool, name: "Preview", argv: previewCommand(options.python) });
  }

  probe(): Promise<Probe> {
    return probePython(this.#options.python, F3D_VERSION);
  }

  warm(options?: WarmOptions): void {
    this.#pool.start(options);
  }

  async ready(): Promise<void> {
    await this.#pool.ready();
  }

  get warmChildren(): number {
    return this.#pool.warmCount;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Draws `glbPath` into `webpPath`, 800 × 600. Returns f3d's version. */
  async draw(glbPath: string, webpPath: string, run: EngineRun): Promise<string> {
    const pngPath = join(run.workDir, "preview.png");
    await this.#pool.run({ glbPath, pngPath }, run);
    await sharp(pngPath).resize(WIDTH_PX, HEIGHT_PX).webp({ quality: WEBP_QUALITY }).toFile(webpPath);
    return F3D_VERSION;
  }
}
