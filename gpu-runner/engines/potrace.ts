/** potrace draws smooth outlines around a black and white bitmap. A program of its own (GPL), never linked. */
import { runProcess } from "../process/run-process.ts";
import type { Engine, EngineRun, Probe } from "./engine.ts";
import { probeProgram } from "./program-probe.ts";

export interface PotraceRequest {
  /** The bitmap, PBM. */
  readonly pbmPath: string;
  readonly svgPath: string;
  /** `#rrggbb` */
  readonly color: string;
  /** Patches up to this area are left out, in pixels of the bitmap. */
  readonly turdsizePx: number;
  /** How round corners become: 0 = polygon, 4/3 = no corners. */
  readonly alphaMax: number;
  /** How far two curves may be off to become one, in pixels of the bitmap. */
  readonly optTolerancePx: number;
}

export class PotraceEngine implements Engine {
  probe(): Promise<Probe> {
    return probeProgram("potrace", /potrace (\d+\.\d+)/);
  }

  warm(): void {}

  async ready(): Promise<void> {}

  async close(): Promise<void> {}

  /** Traces a bitmap. Rejects with `ProcessError` when potrace fails. */
  async trace(request: PotraceRequest, run: EngineRun): Promise<void> {
    const { pbmPath, svgPath, color, turdsizePx, alphaMax, optTolerancePx } = request;
    const argv = [
      ...["potrace", "--svg", "--flat", "--resolution", "72", "--color", color],
      ...["--turdsize", String(turdsizePx), "--alphamax", String(alphaMax), "--opttolerance", String(optTolerancePx)],
      ...["--output", svgPath, pbmPath],
    ];
    await runProcess({ argv, ...run, onStderrLine: run.onLog });
  }
}
