/** Step `read`: zips are unpacked, photos made upright and brought to the quality's size, frames of videos chosen. */
import { readSignature } from "#contract/file-signature.ts";
import { VIDEO_TYPES } from "#contract/job-types/animate.ts";
import { PHOTO_TYPES } from "#contract/job-types/photogrammetry.ts";
import { readHead } from "../../engines/picture/read/read-header.ts";
import type { InputFile, JobContext, Step } from "../job.ts";
import { type NamedFile, unpackZipInput, type ZipWish } from "../zip-input.ts";
import { ask, paramsOf, type SceneState, sceneFolder } from "./scene-state.ts";

/** `photo2` before `photo10`: cameras number their photos in the order they were taken, which the matching uses. */
const NATURAL_ORDER = new Intl.Collator("en", { numeric: true });

export const readStep: Step<SceneState> = {
  stage: "read",
  async run(context, state) {
    const { quality, frames, mask, model } = paramsOf(context);
    if (mask === "subject") context.engines.rembg.checkModel(model);
    await sceneFolder(context);
    const photos = await listFiles(
      context,
      context.inputs.filter(({ role }) => role === null),
    );
    state.userMasks = await listFiles(
      context,
      context.inputs.filter(({ role }) => role === "masks"),
    );
    const read = await ask(context, "read-photos", { files: photos, quality, frames });
    read.warnings.forEach(context.warn);
    state.dropped.push(...read.skipped);
    for (const [tool, version] of Object.entries(read.versions)) context.version(tool, version);
    context.log(`Read ${read.photos} photos`);
    context.report({ photos: read.photos + read.skipped.length });
  },
};

/** The files to work on, those of a zip in its place, all by the natural order of their names. */
async function listFiles(context: JobContext, inputs: readonly InputFile[]): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  for (const input of inputs) {
    const isZip = readSignature(await readHead(input.path))?.type === "application/zip";
    if (isZip) files.push(...(await unpackZipInput(context, input, zipWish(context, input))));
    else files.push({ path: input.path, filename: input.filename });
  }
  return files.sort((a, b) => NATURAL_ORDER.compare(a.filename, b.filename));
}

const zipWish = (context: JobContext, input: InputFile): ZipWish => ({
  number: context.inputs.indexOf(input) + 1,
  none: "holds no photos. Zip JPG, PNG, HEIC, TIFF or WebP files.",
  others: "neither photos nor videos",
  types: [...PHOTO_TYPES, ...VIDEO_TYPES],
  unpack: (request) => context.engines.picture.once(request, context.run),
});
