/**
 * Reads, traces, composes and writes pictures, in sandboxed children: a hostile picture can hurt neither the runner nor
 * another job. One child serves one attempt, request after request.
 */
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { EngineRun, PoolSettings, Probe } from "../engine.ts";
import { PooledEngine } from "../pooled-engine.ts";
import type { PictureRequest, PictureResults } from "./picture-request.ts";

/** One child kept for several requests, one after the other. Close it when they are done. */
export interface PictureSession {
  /** Rejects as `once` does; the session can be used on. `onProgress` (0 to 1) takes the place of the run's own. */
  request<K extends PictureRequest["kind"]>(
    request: Extract<PictureRequest, { kind: K }>,
    call?: { onProgress?(fraction: number | null): void; onEvent?(event: Record<string, unknown>): void },
  ): Promise<PictureResults[K]>;
  close(): Promise<void>;
}

/** Address space, not memory in use: V8 reserves 10 GB for the one WebAssembly module that strips types. */
const MEMORY_LIMIT_BYTES = 48 * 2 ** 30;

export class PictureEngine extends PooledEngine {
  constructor(pool: PoolSettings) {
    const script = fileURLToPath(new URL("./main.ts", import.meta.url));
    super({
      ...pool,
      name: "Picture",
      argv: [execPath, "--disable-warning=ExperimentalWarning", script],
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
    });
  }

  override async probe(): Promise<Probe> {
    return { ok: true, version: sharp.versions.vips ?? "unknown" };
  }

  /** Serves one request in a child of its own. Rejects with a JobFailure: input_invalid, input_too_large, nothing_to_draw. */
  async once<K extends PictureRequest["kind"]>(
    request: Extract<PictureRequest, { kind: K }>,
    run: EngineRun,
  ): Promise<PictureResults[K]> {
    return (await this.pool.run(request, run)) as unknown as PictureResults[K];
  }

  /** Takes a child for several requests of one attempt; the run's signal and time-out end it too. */
  async open(run: EngineRun): Promise<PictureSession> {
    return (await this.pool.open(run)) as unknown as PictureSession;
  }
}
