/**
 * Reads moving pictures, takes them apart into frames and encodes animations, in a sandboxed child that runs ffmpeg and
 * img2webp. One child serves one attempt, request after request, because what it has read stays with it.
 */
import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { SYSTEM_PATH } from "../../process/child-environment.ts";
import type { EngineRun, PoolSettings, Probe } from "../engine.ts";
import { PooledEngine } from "../pooled-engine.ts";
import type { AnimationRequest, AnimationResults } from "./animation-request.ts";

export interface AnimationSession {
  /** Rejects with a JobFailure; the session can be used on. `onProgress` (0 to 1) takes the place of the run's own. */
  request<K extends AnimationRequest["kind"]>(
    request: Extract<AnimationRequest, { kind: K }>,
    call?: { onProgress?(fraction: number | null): void; onEvent?(event: Record<string, unknown>): void },
  ): Promise<AnimationResults[K]>;
  /** Ends the child and all programs it runs. */
  close(): Promise<void>;
}

const PROGRAMS = ["ffmpeg", "ffprobe", "img2webp"];
/** Address space: Node reserves tens of gigabytes that it never uses. */
const MEMORY_LIMIT_BYTES = 48 * 2 ** 30;

export class AnimationEngine extends PooledEngine {
  constructor(pool: PoolSettings) {
    const script = fileURLToPath(new URL("./main.ts", import.meta.url));
    super({
      ...pool,
      name: "Animation",
      argv: [execPath, "--disable-warning=ExperimentalWarning", script],
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
    });
  }

  override async probe(): Promise<Probe> {
    const found = await Promise.all(PROGRAMS.map(isInstalled));
    const missing = PROGRAMS.filter((_, i) => !found[i]);
    if (missing.length === 0) return { ok: true, version: "installed" };
    return { ok: false, missing: missing.join(", "), fix: "npm run setup, or: apt-get install ffmpeg webp" };
  }

  /** Takes a child for one attempt; the run's signal and time-out end it too. */
  async open(run: EngineRun): Promise<AnimationSession> {
    return (await this.pool.open(run)) as unknown as AnimationSession;
  }
}

async function isInstalled(program: string): Promise<boolean> {
  for (const dir of SYSTEM_PATH.split(":")) {
    const found = await access(join(dir, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
}
