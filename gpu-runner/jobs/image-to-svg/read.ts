/** Step `read`: picture file → pixels, without its background where that is asked for. */
import { join } from "node:path";
import { readSignature } from "#contract/file-signature.ts";
import type { ImageToSvgParams } from "#contract/job-types/image-to-svg.ts";
import { PICTURE_TYPES } from "#contract/job-types/picture.ts";
import type { Engine } from "../../engines/engine.ts";
import { readHead } from "../../engines/picture/read/read-header.ts";
import { type InputFile, type JobContext, JobFailure, type Step } from "../job.ts";
import { filled, type SvgState } from "./svg-state.ts";

export const readStep: Step<SvgState> = {
  stage: "read",
  async run(context, state) {
    const input = context.inputs[0] as InputFile;
    const params = context.params as ImageToSvgParams;
    await checkSignature(input);
    await checkEngines(context, params);
    state.session = await context.engines.picture.open(context.run);
    const rgbPath = params.removeBackground ? join(context.workDir, "picture.rgb") : null;
    state.picture = await state.session.request({
      kind: "read-traced",
      path: input.path,
      filename: input.filename,
      rawPath: join(context.workDir, "picture.rgba"),
      rgbPath,
      beforePath: join(context.outDir, "before.webp"),
    });
    const { width, height, cellPx } = state.picture;
    const squares = cellPx === null ? "" : `, a pixel drawing with squares of ${cellPx} px`;
    context.log(`Read ${input.filename}: ${width} × ${height} px${squares}`);
    if (rgbPath !== null) await findSubject(context, state, rgbPath, params.model);
  },
};

/** Refused before any program starts: what is no picture. */
async function checkSignature({ path, filename }: InputFile): Promise<void> {
  const signature = readSignature(await readHead(path));
  if (signature && (PICTURE_TYPES as readonly string[]).includes(signature.type)) return;
  const hint = signature?.type === "image/svg+xml" ? "It is an SVG already." : "Save it as PNG, JPG or WebP.";
  const what = signature ? `is ${signature.name}, no picture that can be traced` : "is no picture that Kiln knows";
  throw new JobFailure("input_invalid", `${filename} ${what}. ${hint}`);
}

/** Some parameters need more programs than the type does. Throws a JobFailure engine_missing. */
async function checkEngines(context: JobContext, params: ImageToSvgParams): Promise<void> {
  const { rembg, potrace, rsvg } = context.engines;
  const needed: Engine[] = [];
  if (params.removeBackground) {
    rembg.checkModel(params.model);
    needed.push(rembg);
  }
  if (params.monochrome) needed.push(potrace);
  if (params.formats.includes("pdf")) needed.push(rsvg);
  for (const probe of await Promise.all(needed.map((engine) => engine.probe()))) {
    if (!probe.ok) {
      throw new JobFailure("engine_missing", `This runner lacks ${probe.missing}. ${probe.fix}`, { retryable: true });
    }
  }
}

async function findSubject(context: JobContext, state: SvgState, framesPath: string, model: string): Promise<void> {
  const { width, height } = filled(state.picture).raw;
  const masksPath = join(context.workDir, "picture.mask");
  const request = { model, framesPath, masksPath, width, height, count: 1 };
  const { version } = await context.engines.rembg.maskFrames(request, context.run);
  context.version("rembg", version);
  state.maskPath = masksPath;
}
