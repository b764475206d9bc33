/** `npm run bench -- NAME [options]`: runs one benchmark. Benchmarks print ratios of one run; they are no tests. */
import { benchAnimate } from "./animate/bench-animate.ts";
import { benchBlender } from "./blender/bench-blender.ts";
import { benchPhotogrammetry } from "./photogrammetry/bench-photogrammetry.ts";
import { benchQueue } from "./queue/bench-queue.ts";
import { benchRembg } from "./rembg/bench-rembg.ts";
import { benchSvg } from "./svg/bench-svg.ts";
import { benchLargeUpload } from "./uploads/bench-large-upload.ts";
import { benchUploads } from "./uploads/bench-uploads.ts";

const BENCHMARKS: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  animate: benchAnimate,
  blender: benchBlender,
  "large-upload": benchLargeUpload,
  photogrammetry: benchPhotogrammetry,
  queue: benchQueue,
  rembg: benchRembg,
  svg: benchSvg,
  uploads: benchUploads,
};

const [name = "", ...args] = process.argv.slice(2);
const benchmark = BENCHMARKS[name];
if (benchmark) {
  process.exitCode = await benchmark(args);
} else {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHMARKS).join("|")} [options]`);
  process.exitCode = 2;
}
