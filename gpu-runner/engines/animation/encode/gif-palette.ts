/** The colours of a GIF: from a sample of the visible pixels of the whole animation, by ffmpeg's `palettegen`. */
import type { Size } from "../plan/geometry.ts";
import { FFMPEG, rawInputArguments } from "../tools/ffmpeg-arguments.ts";
import type { Toolbox } from "../tools/toolbox.ts";

const SAMPLE_SIDE_PX = 512;
const SAMPLE_PIXELS = SAMPLE_SIDE_PX ** 2;
const VISIBLE_FROM = 128;
const MAX_COLORS = 256;
const MIN_COLORS = 16;
/** From this quality on a GIF uses all colours it can. */
const ALL_COLORS_QUALITY = 75;

/** Takes pixels of frame after frame, the same share of each. */
export class ColorSample {
  readonly #pixels = Buffer.alloc(SAMPLE_PIXELS * 4);
  readonly #perFrame: number;
  #count = 0;

  /** `frames`: how many will be shown to it. */
  constructor(frames: number) {
    this.#perFrame = Math.floor(SAMPLE_PIXELS / frames);
  }

  add(rgba: Buffer): void {
    const total = rgba.length / 4;
    // A step that has no factor in common with the width spreads the sample over all columns.
    const step = Math.max(1, Math.floor(total / this.#perFrame)) | 1;
    for (let taken = 0, p = 0; taken < this.#perFrame && p < total; p += step, taken++) {
      if ((rgba[4 * p + 3] as number) < VISIBLE_FROM || this.#count === SAMPLE_PIXELS) continue;
      rgba.copy(this.#pixels, 4 * this.#count, 4 * p, 4 * p + 4);
      this.#pixels[4 * this.#count + 3] = 255;
      this.#count++;
    }
  }

  /** The sample as one picture; what is not filled repeats what is there, black when nothing is. */
  picture(): { rgba: Buffer; size: Size } {
    const used = Math.max(this.#count, 1);
    if (this.#count === 0) this.#pixels.writeUInt32BE(0x000000ff, 0);
    for (let i = used; i < SAMPLE_PIXELS; i++)
      this.#pixels.copy(this.#pixels, 4 * i, 4 * (i % used), 4 * (i % used) + 4);
    return { rgba: this.#pixels, size: { width: SAMPLE_SIDE_PX, height: SAMPLE_SIDE_PX } };
  }
}

/** Writes the palette for `quality` (0 to 100) to `path`. */
export async function makePalette(
  sample: ColorSample,
  options: { readonly quality: number; readonly hasAlpha: boolean; readonly path: string },
  tools: Toolbox,
): Promise<void> {
  const { rgba, size } = sample.picture();
  const colors = Math.round(Math.max(MIN_COLORS, MAX_COLORS * Math.min(1, options.quality / ALL_COLORS_QUALITY)));
  const filter = `palettegen=max_colors=${colors}:reserve_transparent=${options.hasAlpha ? 1 : 0}:stats_mode=full`;
  const output = ["-frames:v", "1", "-c:v", "png", "-f", "image2", "-update", "1", `file:${options.path}`];
  const tool = await tools.start([...FFMPEG, ...rawInputArguments(size, 1), "-vf", filter, ...output]);
  tool.stdout.resume();
  tool.stdin.end(rgba);
  await tool.done;
}
