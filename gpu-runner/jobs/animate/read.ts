/** Step `read`: which frames there are and when. Zips are unpacked; what can't be used is refused before any heavy work. */
import { readSignature } from "#contract/file-signature.ts";
import { MAX_FRAMES } from "#contract/limits.ts";
import { readHead } from "../../engines/picture/read/read-header.ts";
import { type InputFile, type JobContext, JobFailure, type Step } from "../job.ts";
import { type NamedFile, unpackZipInput } from "../zip-input.ts";
import { type AnimateState, paramsOf } from "./animate-state.ts";

/** `frame2` before `frame10`. */
const NATURAL_ORDER = new Intl.Collator("en", { numeric: true });

export const readStep: Step<AnimateState> = {
  stage: "read",
  async run(context, state) {
    const params = paramsOf(context);
    if (params.removeBackground) context.engines.rembg.checkModel(params.model);
    const files = await listFiles(context);
    const { workDir, tag } = context.run;
    state.session = await context.engines.animation.open(context.run);
    const read = await state.session.request({ kind: "read", files, params, workDir, tag });
    state.read = read;
    read.warnings.forEach(context.warn);
    for (const [tool, version] of Object.entries(read.versions)) context.version(tool, version);
    const { codec, width, height, frames, durationS } = read.source;
    context.log(`Read ${frames} frames, ${durationS.toFixed(3)} s, ${codec}, ${width} × ${height} px`);
  },
};

/** The inputs in order, those of a zip in the natural order of their names in its place. */
async function listFiles(context: JobContext): Promise<NamedFile[]> {
  const files: NamedFile[] = [];
  for (const [index, input] of context.inputs.entries()) {
    const isZip = readSignature(await readHead(input.path))?.type === "application/zip";
    if (isZip) files.push(...(await unpack(context, input, index)));
    else files.push({ path: input.path, filename: input.filename });
  }
  if (files.length > MAX_FRAMES) {
    throw new JobFailure("input_too_large", `There are ${files.length} pictures; up to ${MAX_FRAMES} are taken.`);
  }
  return files;
}

async function unpack(context: JobContext, input: InputFile, index: number): Promise<NamedFile[]> {
  const files = await unpackZipInput(context, input, {
    number: index + 1,
    none: "holds no pictures. Zip PNG, JPG, WebP, TIFF or BMP files.",
    others: "no pictures",
    unpack: (request) => context.engines.picture.once(request, context.run),
  });
  return files.sort((a, b) => NATURAL_ORDER.compare(a.filename, b.filename));
}
