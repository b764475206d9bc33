/** Draws the preview picture of a GLB with f3d, in a prewarmed process that has its shaders and light ready. */
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

/** Version of `f3d` in requirements-blender.txt. */
const F3D_VERSION = "4.0.0";
const WIDTH_PX = 800;
const HEIGHT_PX = 600;
const WEBP_QUALITY = 90;
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
    return probePython(this.#options.python, F3D_VERSION);
  }

  /** Draws `glbPath` into `webpPath`, 800 × 600. Returns f3d's version. */
  async draw(glbPath: string, webpPath: string, run: EngineRun): Promise<string> {
    const pngPath = join(run.workDir, "preview.png");
    const { version } = await this.pool.run({ glbPath, pngPath }, run);
    await sharp(pngPath).resize(WIDTH_PX, HEIGHT_PX).webp({ quality: WEBP_QUALITY }).toFile(webpPath);
    return String(version);
  }
}
