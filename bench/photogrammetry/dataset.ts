/** `npm run dataset -- turntable [options]`: photos with exact cameras and surface, in the cache or in a folder. */
import { cp } from "node:fs/promises";
import { parseArgs } from "node:util";
import { SCENES, turntable } from "./turntable/turntable.ts";

const USAGE = `npm run dataset -- turntable [--scene ${SCENES.join("|")}] [--views 48] [--width 1024] [--every 1] [--arc 360]
  [--marker MM] [--video] [--seed 0] [-o DIR]
Photos of a ray-traced object with exact cameras (truth.json) and surface (object.ply, scene.ply); bench/README.md says more.
Without -o they stay in Kiln's cache. Prints the folder.`;

/** Reads a whole number of at least `least`, or explains which option is wrong. */
function count(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) throw new Error(`--${name} must be a whole number, ${least} or more`);
  return value;
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      scene: { type: "string", default: "textured" },
      views: { type: "string", default: "48" },
      width: { type: "string", default: "1024" },
      every: { type: "string", default: "1" },
      arc: { type: "string", default: "360" },
      marker: { type: "string", default: "0" },
      video: { type: "boolean", default: false },
      seed: { type: "string", default: "0" },
      output: { type: "string", short: "o" },
      help: { type: "boolean", default: false },
    },
  });
  const scene = SCENES.find((name) => name === values.scene);
  if (values.help || positionals.join() !== "turntable" || !scene) {
    console.error(USAGE);
    return values.help ? 0 : 2;
  }
  const options = {
    scene,
    views: count("views", values.views, 2),
    width: count("width", values.width, 64),
    every: count("every", values.every, 1),
    arcDeg: count("arc", values.arc, 1),
    video: values.video,
    markerMm: count("marker", values.marker, 0),
    seed: count("seed", values.seed, 0),
  };
  const folder = await turntable(options, (line) => console.error(line));
  if (values.output) await cp(folder, values.output, { recursive: true });
  console.log(values.output ?? folder);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
