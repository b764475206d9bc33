/** Versions of the programs, for the manifest. */
import type { Toolbox } from "./toolbox.ts";

/** `{ ffmpeg: "5.1.6", img2webp: "1.2.4" }`, from what the programs say of themselves. */
export async function readVersions(tools: Toolbox): Promise<Record<string, string>> {
  const [ffmpeg, img2webp] = await Promise.all([
    firstMatch(tools, ["ffmpeg", "-version"], /^ffmpeg version (\S+)/),
    firstMatch(tools, ["img2webp", "-version"], /WebP Encoder version: (\S+)/),
  ]);
  return { ffmpeg, img2webp };
}

async function firstMatch(tools: Toolbox, argv: readonly string[], pattern: RegExp): Promise<string> {
  let version = "unknown";
  await tools.run(argv, (line) => {
    version = pattern.exec(line)?.[1] ?? version;
  });
  return version;
}
