/** Step `export`: the files asked for, the preview, and the report on how far to trust the model. */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { JobContext, Step } from "../job.ts";
import { ask, paramsOf, partOf, type SceneState, sceneFolder } from "./scene-state.ts";

/** Shares of the stage's time. */
const WRITTEN = 0.4;
const DRAWN = 0.9;
/** From the front, a little from the right and above, so that the depth shows. */
const VIEW = { azimuthDeg: 25, elevationDeg: 20 } as const;

export const exportStep: Step<SceneState> = {
  stage: "export",
  async run(context) {
    const { until } = paramsOf(context);
    if (until !== "check") await writeFiles(context);
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
  if (isModel) await draw(context, join(exportDir, "model.glb"));
  const isPublished = (name: string) => formats.includes("glb") || name !== "model.glb";
  for (const name of files.filter(isPublished)) await rename(join(exportDir, name), join(context.outDir, name));
}

/** Checks the GLB while its pictures are drawn. */
async function draw(context: JobContext, glbPath: string): Promise<void> {
  const { preview, solid } = context.engines;
  const quiet = { ...context.run, onProgress: () => {} };
  const checked = solid.check({ files: { glb: glbPath }, sizeMm: [0, 0, 0] }, quiet);
  checked.catch(() => {}); // heard below
  const paths = {
    webpPath: join(context.outDir, "preview.webp"),
    turntablePath: paramsOf(context).turntable ? join(context.outDir, "turntable.webp") : undefined,
  };
  context.version("f3d", await preview.drawOrbit(glbPath, paths, VIEW, partOf(context, WRITTEN, DRAWN)));
  await checked;
}
