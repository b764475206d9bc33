/** Step `export`: Blender writes the files asked for. The preview starts as soon as the GLB is there, the checks when all are. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zipSync } from "fflate";
import type { SolidFormat } from "#contract/job-types/solid.ts";
import type { ExportRequest } from "../../engines/blender.ts";
import type { JobContext, Step } from "../job.ts";
import type { SolidState } from "./solid-state.ts";

/** A fixed time in the zip, so that equal models give equal bytes. */
const ZIP_TIME = new Date("2000-01-01T00:00:00");

export const exportStep: Step<SolidState> = {
  stage: "export",
  async run(context, state) {
    const files = filesFor(context);
    state.glbPath = files.glb as string;
    const material = context.params.material as ExportRequest["material"];
    const version = await context.engines.blender.export(
      { meshPath: state.meshPath, material, files },
      {
        ...context.run,
        onWritten: (format) => {
          if (format !== "glb") return;
          state.preview = context.engines.preview.draw(
            state.glbPath,
            join(context.outDir, "preview.webp"),
            context.run,
          );
          // Heard in its own step; until then it must not count as unhandled. So are the checks below.
          state.preview.catch(() => {});
        },
      },
    );
    context.version("blender", version);
    state.checks = context.engines.solid.check({ files, sizeMm: state.summary.sizeMm }, context.run);
    state.checks.catch(() => {});
    if (files.obj) await zipObj(files.obj, join(context.outDir, "model-obj.zip"));
  },
};

/** Where each file goes: a GLB always, for the preview; the OBJ first to the scratch folder, because it is zipped. */
function filesFor({
  params,
  outDir,
  workDir,
}: Pick<JobContext, "params" | "outDir" | "workDir">): Partial<Record<SolidFormat, string>> {
  const formats = new Set(params.formats as SolidFormat[]);
  const files: Partial<Record<SolidFormat, string>> = { glb: join(formats.has("glb") ? outDir : workDir, "model.glb") };
  for (const format of formats)
    if (format !== "glb") files[format] = join(format === "obj" ? workDir : outDir, `model.${format}`);
  return files;
}

async function zipObj(objPath: string, zipPath: string): Promise<void> {
  const mtlPath = objPath.replace(/obj$/, "mtl");
  const [obj, mtl] = await Promise.all([readFile(objPath), readFile(mtlPath)]);
  await writeFile(zipPath, zipSync({ "model.obj": obj, "model.mtl": mtl }, { mtime: ZIP_TIME, level: 6 }));
}
