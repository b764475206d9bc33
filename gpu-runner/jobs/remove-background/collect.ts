/** Step `collect`: the results of many pictures in zips, a sheet of them to look at, and the report. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { findModel } from "#contract/job-types/cutout-models.ts";
import { numberedName } from "#contract/job-types/job-type.ts";
import { MAX_CUTOUT_PREVIEWS, type RemoveBackgroundParams } from "#contract/job-types/remove-background.ts";
import type { JobContext, Step } from "../job.ts";
import { resultPaths } from "./cut-picture.ts";
import type { CutoutState } from "./cutout-state.ts";
import { resultNames } from "./result-names.ts";
import { SturdySession } from "./sturdy-session.ts";

/** Pictures that the report tells of. */
const MAX_REPORTED = 200;
const SHEET_SIDE_PX = 1_600;

export const collectStep: Step<CutoutState> = {
  stage: "collect",
  async run(context, state) {
    const { model: name } = context.params as RemoveBackgroundParams;
    context.report({
      model: name,
      licence: findModel(name)?.licence ?? "",
      provider: state.provider,
      count: state.done.length,
      pictures: state.reports.slice(0, MAX_REPORTED),
    });
    if (state.isMany) await collectMany(context, state);
  },
};

async function collectMany(context: JobContext, state: CutoutState): Promise<void> {
  const { format } = context.params as RemoveBackgroundParams;
  const session = new SturdySession(context);
  const done = state.pictures.filter(({ number }) => state.done.includes(number));
  const filenames = done.map(({ filename }) => filename);
  const paths = done.map(({ number }) => resultPaths(context, state, number));
  const zip = async (zipName: string, extension: string, files: readonly (string | null)[]) => {
    const names = resultNames(filenames, extension);
    const entries = files.flatMap((path, index) => (path === null ? [] : [{ path, name: names[index] as string }]));
    if (entries.length === 0) return;
    await session.request({ kind: "zip", files: entries, toPath: join(context.outDir, zipName) }, zipName);
    await Promise.all(entries.map(({ path }) => rm(path, { force: true })));
  };
  try {
    await zip(
      "cutouts.zip",
      format,
      paths.map(({ cutout }) => cutout),
    );
    context.progress(0.5);
    await zip(
      "masks.zip",
      "png",
      paths.map(({ mask }) => mask),
    );
    context.progress(0.9);
    const small = done
      .filter(({ number }) => number <= MAX_CUTOUT_PREVIEWS)
      .map(({ number }) => join(context.outDir, numberedName("after-{n}.webp", number)));
    const toPath = join(context.outDir, "preview.webp");
    if (small.length > 0) {
      await session.request({ kind: "contact-sheet", paths: small, toPath, maxSidePx: SHEET_SIDE_PX }, "preview.webp");
    }
  } finally {
    await session.close();
  }
}
