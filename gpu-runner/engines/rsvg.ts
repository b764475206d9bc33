/** rsvg-convert makes a PDF of an SVG, its shapes kept as shapes. A program of its own (LGPL). */
import { runProcess } from "../process/run-process.ts";
import type { Engine, EngineRun, Probe } from "./engine.ts";
import { probeProgram } from "./program-probe.ts";

export class RsvgEngine implements Engine {
  probe(): Promise<Probe> {
    return probeProgram("rsvg-convert", /version (\d+\.\d+\.\d+)/);
  }

  warm(): void {}

  async ready(): Promise<void> {}

  async close(): Promise<void> {}

  /** Writes `svgPath` as PDF, a page as large as the drawing. Rejects with `ProcessError` when that fails. */
  async toPdf(svgPath: string, pdfPath: string, run: EngineRun): Promise<void> {
    const argv = ["rsvg-convert", "--format", "pdf", "--unlimited", "--output", pdfPath, svgPath];
    await runProcess({ argv, ...run, onStderrLine: run.onLog });
  }
}
