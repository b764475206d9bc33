/**
 * The child of the solid engine: a prewarmed one-shot process that reads untrusted files and does the geometry, so that
 * neither can hurt or hold up the runner. It serves one request and ends.
 */
import { readFile, writeFile } from "node:fs/promises";
import { stdin, stdout, version } from "node:process";
import { createInterface } from "node:readline";
import type { TextTo3dParams } from "#contract/job-types/text-to-3d.ts";
import { JobFailure } from "../../process/job-failure.ts";
import { buildSolid } from "./build/build-solid.ts";
import { sizeOf, volume } from "./build/mesh.ts";
import { encodeMeshFile } from "./build/mesh-file.ts";
import { checkFiles } from "./check/check-files.ts";
import type { Drawing } from "./drawing.ts";
import type { SolidRequest, SolidSummary } from "./solid-request.ts";
import { readSvg } from "./svg/read-svg.ts";

function send(message: object): void {
  stdout.write(`${JSON.stringify(message)}\n`);
}

async function serve(request: SolidRequest): Promise<object> {
  switch (request.kind) {
    case "read-svg":
      return writeDrawing(request.drawingPath, readSvg(await readFile(request.inputPath)));
    case "read-bitmap": {
      const { readBitmap } = await import("./bitmap/read-bitmap.ts");
      return writeDrawing(request.drawingPath, await readBitmap(await readFile(request.inputPath)));
    }
    case "layout-text": {
      const { layoutText } = await import("./text/layout-text.ts");
      const fontBytes = request.fontPath === null ? null : await readFile(request.fontPath);
      const { drawing, ...facts } = await layoutText(request.params as TextTo3dParams, fontBytes);
      return { ...facts, ...(await writeDrawing(request.drawingPath, drawing)) };
    }
    case "build": {
      const drawing = JSON.parse(await readFile(request.drawingPath, "utf8")) as Drawing;
      const built = buildSolid(drawing, request.params);
      await writeFile(request.meshPath, encodeMeshFile(built));
      const summary: SolidSummary = {
        sizeMm: sizeOf(built.body),
        volumeMm3: volume(built.body),
        bodyTriangles: built.body.triangles.length / 3,
        partTriangles: built.parts.reduce((sum, part) => sum + part.mesh.triangles.length / 3, 0),
        colors: built.parts.map((part) => part.color),
        warnings: [...built.warnings],
      };
      return { ...summary };
    }
    case "check":
      return await checkFiles(request);
  }
}

async function writeDrawing(path: string, drawing: Drawing): Promise<object> {
  await writeFile(path, JSON.stringify(drawing));
  return { colors: drawing.shapes.map((shape) => shape.color), warnings: drawing.warnings };
}

send({ kind: "ready", version });
for await (const line of createInterface({ input: stdin })) {
  try {
    send({ kind: "result", ...(await serve(JSON.parse(line) as SolidRequest)) });
  } catch (error) {
    if (!(error instanceof JobFailure)) throw error;
    send({ kind: "error", code: error.code, message: error.message, retryable: error.retryable });
  }
  break;
}
stdin.destroy();
