/** An animated WebP as a source. libvips decodes its frames, each as it is shown; ffmpeg can't. */
import { open } from "node:fs/promises";
import sharp from "sharp";
import { MAX_FRAMES, MAX_VIDEO_SIDE_PX } from "#contract/limits.ts";
import { JobFailure } from "../../../process/job-failure.ts";
import type { SourceFrame } from "../plan/frame-plan.ts";
import type { View } from "../plan/geometry.ts";
import type { FrameReader, Source } from "./source.ts";

/** Frames decoded at once stay below this: a group starts from the file's first frame again. */
const GROUP_BYTES = 128_000_000;
const DEFAULT_DELAY_MS = 100;

/** Facts of the animated WebP at `path`. Throws a JobFailure input_invalid or input_too_large. */
export async function readWebp({ path, filename }: { path: string; filename: string }): Promise<Source> {
  const {
    width,
    pageHeight,
    height,
    pages = 1,
    delay = [],
    hasAlpha,
  } = await sharp(path, { pages: -1, limitInputPixels: false })
    .metadata()
    .catch((cause) => {
      throw damaged(filename, cause);
    });
  const shape = { width, height: pageHeight ?? height, pixelAspect: 1 };
  if (Math.max(shape.width, shape.height) > MAX_VIDEO_SIDE_PX) {
    throw new JobFailure(
      "input_too_large",
      `${filename} is ${shape.width} × ${shape.height} px; animations up to ${MAX_VIDEO_SIDE_PX} px a side are taken. Make it smaller first.`,
    );
  }
  if (pages > MAX_FRAMES) {
    throw new JobFailure("input_too_large", `${filename} has ${pages} frames; up to ${MAX_FRAMES} are taken.`);
  }
  let timeUs = 0;
  const frames: SourceFrame[] = Array.from({ length: pages }, (_, i) => {
    const frame = { timeUs, durationUs: (delay[i] || DEFAULT_DELAY_MS) * 1000 };
    timeUs += frame.durationUs;
    return frame;
  });
  return {
    type: "image/webp",
    codec: "webp",
    shape,
    frames,
    whole: { frames: pages, durationUs: timeUs },
    hasAlpha: hasAlpha ?? false,
    warnings: [],
    open: (indices, view, channels) => new PageReader({ path, filename, shape, indices, view, channels }),
  };
}

/** Whether a WebP says in its header that it is an animation. https://developers.google.com/speed/webp/docs/riff_container */
export async function isAnimatedWebp(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const head = Buffer.alloc(21);
    await file.read(head, 0, head.length, 0);
    return head.toString("latin1", 12, 16) === "VP8X" && ((head[20] ?? 0) & 0x02) !== 0;
  } finally {
    await file.close();
  }
}

interface PageReaderOptions {
  readonly path: string;
  readonly filename: string;
  readonly shape: { readonly width: number; readonly height: number };
  readonly indices: readonly number[];
  readonly view: View;
  readonly channels: 3 | 4;
}

class PageReader implements FrameReader {
  readonly #options: PageReaderOptions;
  #at = 0;
  #group: { from: number; frameBytes: number; data: Buffer } | undefined;

  constructor(options: PageReaderOptions) {
    this.#options = options;
  }

  async next(): Promise<Buffer> {
    const { shape, view, channels, filename } = this.#options;
    const page = this.#options.indices[this.#at++] as number;
    if (!this.#group || page < this.#group.from || page >= this.#group.from + this.#count(this.#group)) {
      this.#group = await this.#decode(page);
    }
    const { from, frameBytes, data } = this.#group;
    const raw = data.subarray((page - from) * frameBytes, (page - from + 1) * frameBytes);
    try {
      let image = sharp(raw, { raw: { ...shape, channels: 4 } });
      if (view.crop) {
        const { x, y, width, height } = view.crop;
        image = image.extract({ left: x, top: y, width, height });
      }
      const sized = image.resize({ width: view.width, height: view.height, fit: "fill" });
      return await (channels === 4 ? sized : sized.removeAlpha()).raw().toBuffer();
    } catch (cause) {
      throw damaged(filename, cause);
    }
  }

  async close(): Promise<void> {
    this.#group = undefined;
  }

  #count({ data, frameBytes }: { data: Buffer; frameBytes: number }): number {
    return data.length / frameBytes;
  }

  async #decode(from: number): Promise<{ from: number; frameBytes: number; data: Buffer }> {
    const { path, filename, shape, indices } = this.#options;
    const frameBytes = shape.width * shape.height * 4;
    const pages = Math.min(Math.max(1, Math.floor(GROUP_BYTES / frameBytes)), (indices.at(-1) as number) - from + 1);
    try {
      const data = await sharp(path, { page: from, pages, limitInputPixels: false }).ensureAlpha().raw().toBuffer();
      return { from, frameBytes, data };
    } catch (cause) {
      throw damaged(filename, cause);
    }
  }
}

function damaged(filename: string, cause: unknown): JobFailure {
  return new JobFailure(
    "input_invalid",
    `${filename} can't be decoded: it is damaged or cut off. Save it again and upload the new file.`,
    { cause },
  );
}
