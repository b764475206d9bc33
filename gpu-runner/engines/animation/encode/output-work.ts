/** Makes the files of one animation whose frames, masks and crop are known. */
import { access, mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { AnimateParams } from "#contract/job-types/animate.ts";
import type { CheckResult, OutputSettings, PartsResult } from "../animation-request.ts";
import { checkOutput } from "../check/check-output.ts";
import { parseColor } from "../compose/compose-frame.ts";
import { FrameFeed } from "../compose/frame-feed.ts";
import { readFrame } from "../compose/frame-file.ts";
import { type Fit, fitSize } from "../fit/fit-size.ts";
import { type SampleRun, sampleChunks, scaleRun, takeSample } from "../fit/sample.ts";
import type { MaskSet } from "../mask/mask-set.ts";
import { type Chunk, cutIntoChunks, joinChunks } from "../plan/chunks.ts";
import { meanFps, type PlannedFrame } from "../plan/frame-plan.ts";
import { planView, type Rectangle, type View } from "../plan/geometry.ts";
import type { Source } from "../read/source.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { encodeUnits, inPasses, type Target } from "./encode-units.ts";
import type { EncodeJob } from "./encoder.ts";
import { framesLeftOut } from "./gif.ts";
import { ColorSample, makePalette } from "./gif-palette.ts";
import { ENCODERS, type OutputKind } from "./outputs.ts";

export interface OutputWorkOptions {
  readonly tools: Toolbox;
  readonly source: Source;
  readonly plan: readonly PlannedFrame[];
  readonly params: AnimateParams;
  readonly masks: MaskSet | null;
  readonly subject: Rectangle | undefined;
  onProgress(fraction: number): void;
  onPart(part: { readonly name: string; readonly path: string; readonly frames: number }): void;
}

/** Raised whenever the parts of an output look different, so that those of an older runner are not joined to new ones. */
const PARTS_VERSION = 1;
/** Frames whose colours make a GIF's palette. */
const PALETTE_FRAMES = 32;
const PREVIEW_SIDE_PX = 1_600;
/** Below this alpha an encoder with loss can't turn a pixel opaque. */
const SURELY_TRANSPARENT = 128;

export class OutputWork {
  readonly #options: OutputWorkOptions;
  readonly #chunks: readonly Chunk[];
  readonly #hasAlpha: boolean;
  #sample: Promise<readonly SampleRun[]> | undefined;
  #colors: Promise<ColorSample> | undefined;
  #scratch = 0;
  /** Lowest alpha of the frames given to encoders, by scale. */
  readonly #lowestAlpha = new Map<number, number>();

  constructor(options: OutputWorkOptions) {
    this.#options = options;
    this.#chunks = cutIntoChunks(options.plan.length);
    this.#hasAlpha =
      options.params.backgroundColor === undefined && (options.source.hasAlpha || options.masks !== null);
  }

  view(scale: number): View {
    const { source, params, subject } = this.#options;
    return planView(source.shape, { shape: params.crop, subject, maxSidePx: params.maxSidePx, scale });
  }

  /** The first frame: `posterPath` PNG in full size or null, `previewPath` WebP. */
  async still(posterPath: string | null, previewPath: string): Promise<void> {
    const view = this.view(1);
    const feed = this.#feed(view, [{ from: 0, to: 1 }]);
    const dir = this.#scratchDir();
    try {
      const [path = ""] = await feed.take(dir);
      const image = sharp(await readFrame(path, view), {
        raw: { width: view.width, height: view.height, channels: 4 },
      });
      if (posterPath !== null) await image.clone().png().toFile(posterPath);
      const inside = {
        width: PREVIEW_SIDE_PX,
        height: PREVIEW_SIDE_PX,
        fit: "inside",
        withoutEnlargement: true,
      } as const;
      await image.resize(inside).webp({ quality: 90 }).toFile(previewPath);
    } finally {
      await feed.close();
      await rm(dir, { recursive: true, force: true });
    }
  }

  /** Which parts an output has, and where they go. */
  async parts(output: OutputSettings): Promise<PartsResult> {
    const dir = join(this.#options.tools.workDir, "parts");
    await mkdir(dir, { recursive: true });
    const scale = Math.round(output.scale * 100);
    const parts = this.#units(output.kind).map(({ from, to }, i) => ({
      name: `v${PARTS_VERSION}-${output.kind}-q${output.quality}-s${scale}-${String(i + 1).padStart(4, "0")}.part`,
      frames: to - from,
    }));
    return { dir, parts };
  }

  /** Encodes the parts that are not there yet; all outputs have the same scale. */
  async encode(outputs: readonly OutputSettings[]): Promise<void> {
    const [first] = outputs;
    if (!first) return;
    const view = this.view(first.scale);
    const passes = inPasses(view, outputs, ({ kind }) => ENCODERS[kind]);
    for (const [i, pass] of passes.entries()) {
      await this.#encodePass(pass, view, (fraction) => this.#options.onProgress((i + fraction) / passes.length));
    }
  }

  async #encodePass(
    outputs: readonly OutputSettings[],
    view: View,
    onProgress: (fraction: number) => void,
  ): Promise<void> {
    const described: { target: Target; parts: PartsResult }[] = [];
    for (const output of outputs) described.push(await this.#target(output, view));
    const feeds: FrameFeed[] = [];
    const dir = this.#scratchDir();
    try {
      await encodeUnits({
        targets: described.map(({ target }) => target),
        chunks: this.#chunks,
        dir,
        tools: this.#options.tools,
        openFeed: (chunks) => {
          feeds.push(this.#feed(view, chunks));
          return feeds.at(-1) as FrameFeed;
        },
        onProgress,
        onUnit: (target, unit) => {
          const { parts } = described.find((one) => one.target === target) as { parts: PartsResult };
          const { name, frames } = parts.parts[unit] as PartsResult["parts"][number];
          this.#options.onPart({ name, path: target.paths[unit] as string, frames });
        },
      });
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
    const { scale } = outputs[0] as OutputSettings;
    for (const { lowestAlpha } of feeds) {
      this.#lowestAlpha.set(scale, Math.min(lowestAlpha, this.#lowestAlpha.get(scale) ?? 255));
    }
  }

  /** Joins an output's parts to its file. Returns its size, bytes. */
  async join(output: OutputSettings, path: string): Promise<number> {
    const { dir, parts } = await this.parts(output);
    const paths = parts.map(({ name }) => join(dir, name));
    await ENCODERS[output.kind].join(this.#job(output, this.view(output.scale)), this.#units(output.kind), paths, path);
    return (await stat(path)).size;
  }

  /** Decodes a finished file. Throws a JobFailure output_invalid when it is not what was asked for. */
  async check(output: OutputSettings, path: string): Promise<CheckResult> {
    const view = this.view(output.scale);
    const job = this.#job(output, view);
    const left = output.kind === "gif" ? framesLeftOut(job) : 0;
    const isSurelyTransparent =
      left === 0 && (this.#lowestAlpha.get(output.scale) ?? 255) < SURELY_TRANSPARENT ? true : null;
    const expected = {
      size: view,
      durationsUs: job.durationsUs,
      hasTransparency: this.#hasAlpha ? isSurelyTransparent : false,
    };
    const decoded = await checkOutput(output.kind, path, expected, this.#options.tools, this.#options.onProgress);
    const warnings =
      left > 0
        ? [`A GIF shows at most 50 frames a second: ${left} of ${job.durationsUs.length} were left out of it.`]
        : [];
    return { frames: decoded.frames, durationS: decoded.durationMs / 1000, ...decoded.size, warnings };
  }

  /** Quality and scale at which the output is estimated to be at most `maxBytes` large. */
  async fit(kind: OutputKind, maxBytes: number, correction: number): Promise<Fit> {
    const { params } = this.#options;
    const hasQuality = kind === "gif" || kind === "webm" || (kind === "webp" && params.compression !== "lossless");
    return await fitSize({ maxBytes, quality: params.quality, hasQuality, correction }, (quality, scale) =>
      this.#estimate({ kind, quality, scale }),
    );
  }

  async #estimate(output: OutputSettings): Promise<number> {
    const view = this.view(output.scale);
    const full = this.view(1);
    const runs = await this.#takeSample();
    const dir = this.#scratchDir();
    const job = this.#job(output, view);
    try {
      await mkdir(dir, { recursive: true });
      const palettePath = join(dir, "palette.png");
      if (output.kind === "gif") await this.#makePalette(output.quality, palettePath);
      let bytes = 0;
      for (const [i, run] of runs.entries()) {
        const runDir = join(dir, String(i));
        await mkdir(runDir);
        const frames = await scaleRun(run, full, view, runDir);
        const durationsUs = job.durationsUs.slice(run.chunk.from, run.chunk.to);
        const unit = { from: 0, to: frames.length };
        const encoder = ENCODERS[output.kind];
        const paths = [join(runDir, "part")] as const;
        const open = await encoder.open({ ...job, durationsUs, palettePath }, unit, paths[0]);
        await open.add(frames);
        await open.finish();
        await encoder.join({ ...job, durationsUs, palettePath }, [unit], paths, join(runDir, "whole"));
        bytes += (await stat(join(runDir, "whole"))).size;
      }
      const sampled = runs.reduce((sum, { frames }) => sum + frames.length, 0);
      return (bytes * this.#options.plan.length) / sampled;
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  #takeSample(): Promise<readonly SampleRun[]> {
    this.#sample ??= (async () => {
      const chunks = sampleChunks(this.#options.plan.length);
      const feed = this.#feed(this.view(1), chunks);
      try {
        return await takeSample(feed, chunks, join(this.#options.tools.workDir, "sample"));
      } finally {
        await feed.close();
      }
    })();
    return this.#sample;
  }

  async #target(output: OutputSettings, view: View): Promise<{ target: Target; parts: PartsResult }> {
    const job = this.#job(output, view);
    if (output.kind === "gif") await this.#makePalette(output.quality, job.palettePath);
    const parts = await this.parts(output);
    const paths = parts.parts.map(({ name }) => join(parts.dir, name));
    const there = await Promise.all(paths.map(exists));
    const done = new Set([...paths.keys()].filter((i) => there[i]));
    return { target: { encoder: ENCODERS[output.kind], job, units: this.#units(output.kind), paths, done }, parts };
  }

  async #makePalette(quality: number, path: string): Promise<void> {
    this.#colors ??= this.#sampleColors();
    await makePalette(await this.#colors, { quality, hasAlpha: this.#hasAlpha, path }, this.#options.tools);
  }

  async #sampleColors(): Promise<ColorSample> {
    const { length } = this.#options.plan;
    const count = Math.min(PALETTE_FRAMES, length);
    const chunks = Array.from({ length: count }, (_, i) => {
      const from = Math.floor((i * length) / count);
      return { from, to: from + 1 };
    });
    const view = this.view(1);
    const feed = this.#feed(view, chunks);
    const colors = new ColorSample(count);
    try {
      for (const _ of chunks) {
        const dir = this.#scratchDir();
        const [path = ""] = await feed.take(dir);
        colors.add(await readFrame(path, view));
        await rm(dir, { recursive: true, force: true });
      }
    } finally {
      await feed.close();
    }
    return colors;
  }

  #units(kind: OutputKind): Chunk[] {
    const { minUnitFrames } = ENCODERS[kind];
    return minUnitFrames === null ? [...this.#chunks] : joinChunks(this.#chunks, minUnitFrames);
  }

  #job({ kind, quality, scale }: OutputSettings, view: View): EncodeJob {
    const { tools, plan, params } = this.#options;
    return {
      tools,
      size: { width: view.width, height: view.height },
      hasAlpha: this.#hasAlpha,
      fps: meanFps(plan),
      quality,
      compression: params.compression,
      durationsUs: plan.map(({ durationUs }) => durationUs),
      loops: params.loops,
      palettePath: join(tools.workDir, `palette-${kind}-q${quality}-s${Math.round(scale * 100)}.png`),
    };
  }

  #feed(view: View, chunks: readonly Chunk[]): FrameFeed {
    const { source, plan, masks, params } = this.#options;
    const background = params.backgroundColor === undefined ? null : parseColor(params.backgroundColor);
    return new FrameFeed({ source, plan, view, masks, background }, chunks);
  }

  #scratchDir(): string {
    return join(this.#options.tools.workDir, `scratch-${++this.#scratch}`);
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
