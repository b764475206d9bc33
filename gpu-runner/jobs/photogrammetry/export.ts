/** Step `export`: the files asked for, the preview, and the report on how far to trust the model. */
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { photogrammetry } from "#contract/job-types/photogrammetry.ts";
import type { JobContext, Step } from "../job.ts";
import { previewOrbit } from "./preview-orbit.ts";
import { writeCameraPicture, writeReport } from "./report/write-report.ts";
import { ask, paramsOf, partOf, type SceneState, sceneDir, sceneFolder } from "./scene-state.ts";

/** Shares of the stage's time. */
const WRITTEN = 0.4;
const DRAWN = 0.9;

export const exportStep: Step<SceneState> = {
  stage: "export",
  async run(context) {
    const { until } = paramsOf(context);
    const previewPath = join(context.outDir, "preview.webp");
    if (until !== "check") await writeFiles(context);
    if (until === "cameras") await writeCameraPicture(sceneDir(context), previewPath);
    const facts = {
      typeVersion: photogrammetry.version,
      params: paramsOf(context),
      ...context.soFar,
      previewPath: until === "model" ? previewPath : undefined,
    };
    await writeReport(sceneDir(context), facts, join(context.outDir, "report.html"));
  },
};

async function writeFiles(context: JobContext): Promise<void> {
  const { formats, quality, until } = paramsOf(context);
  const isModel = until === "model";
  const exportDir = await sceneFolder(context, "export");
  // The preview and the check need a GLB, whatever is asked for.
  const wanted = isModel ? [...new Set(["glb" as const, ...formats])] : formats;
  const request = { formats: wanted, quality, outDir: exportDir };
  const { files, versions } = await ask(context, "export", request, partOf(context, 0, WRITTEN));
  for (const [tool, version] of Object.entries(versions)) context.version(tool, version);
  if (isModel) await draw(context, exportDir);
  const isPublished = (name: string) => formats.includes("glb") || name !== "model.glb";
  for (const name of files.filter(isPublished)) await rename(join(exportDir, name), join(context.outDir, name));
}

/** Checks the GLB while its pictures are drawn. */
async function draw(context: JobContext, exportDir: string): Promise<void> {
  const glbPath = join(exportDir, "model.glb");
  const { preview, solid } = context.engines;
  const quiet = { ...context.run, onProgress: () => {} };
  const checked = solid.check({ files: { glb: glbPath }, sizeMm: [0, 0, 0] }, quiet);
  checked.catch(() => {}); // heard below
  const paths = {
    webpPath: join(context.outDir, "preview.webp"),
    turntablePath: paramsOf(context).turntable ? join(context.outDir, "turntable.webp") : undefined,
  };
  const { cameras } = JSON.parse(await readFile(join(exportDir, "cameras.json"), "utf8"));
  const run = partOf(context, WRITTEN, DRAWN);
  context.version("f3d", await preview.drawOrbit(glbPath, paths, previewOrbit(cameras), run));
  await checked;
}
