/** Gives frames to an encoder that reads raw pixels from its stdin, no faster than it takes them. */
import { once } from "node:events";
import { readFrame } from "../compose/frame-file.ts";
import type { Size } from "../plan/geometry.ts";
import type { RunningTool } from "../tools/toolbox.ts";
import type { EncodeJob, UnitEncoder } from "./encoder.ts";

/**
 * A unit that one ffmpeg encodes, started with `argv`. `prepare` may change a frame's pixels in place before it is sent.
 * `complete` runs when the program has ended well.
 */
export async function feedFfmpeg(
  job: EncodeJob,
  argv: readonly string[],
  complete: () => Promise<void>,
  prepare: (rgba: Buffer, size: Size) => void = () => {},
): Promise<UnitEncoder> {
  const tool = await job.tools.start(argv);
  tool.stdout.resume();
  return {
    add: async (frames) => {
      for (const path of frames) {
        const rgba = await readFrame(path, job.size);
        prepare(rgba, job.size);
        await send(tool, rgba);
      }
    },
    finish: async () => {
      tool.stdin.end();
      await tool.done;
      await complete();
    },
  };
}

/** Resolves when the pipe wants more; rejects with the program's own error when it has ended instead. */
async function send(tool: RunningTool, data: Buffer): Promise<void> {
  if (tool.stdin.destroyed) return await failed(tool);
  if (tool.stdin.write(data)) return;
  const stop = new AbortController();
  const drained = once(tool.stdin, "drain", { signal: stop.signal }).catch(() => failed(tool));
  await Promise.race([drained, tool.done.then(() => failed(tool))]).finally(() => stop.abort());
}

async function failed(tool: RunningTool): Promise<never> {
  await tool.done;
  throw new Error("ffmpeg ended before it had all frames");
}
