/** The real logos the corpus runs on: what two CC0 npm packages carry, and a seeded sample of them. */
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface Logo {
  readonly name: string;
  readonly svg: string;
}

export const LOGO_SETS = ["simple-icons", "logos"] as const;
export type LogoSet = (typeof LOGO_SETS)[number];

interface IconifyJson {
  readonly icons: Record<string, { body: string; left?: number; top?: number; width?: number; height?: number }>;
  readonly width?: number;
  readonly height?: number;
}

const require = createRequire(import.meta.url);

/** All logos of a set, by name. */
export async function loadLogos(set: LogoSet): Promise<Logo[]> {
  if (set === "simple-icons") {
    const folder = join(dirname(require.resolve("simple-icons")), "icons");
    const files = (await readdir(folder)).filter((file) => file.endsWith(".svg")).sort();
    return Promise.all(
      files.map(async (file) => ({ name: file.slice(0, -4), svg: await readFile(join(folder, file), "utf8") })),
    );
  }
  const {
    icons,
    width = 16,
    height = 16,
  } = JSON.parse(await readFile(require.resolve("@iconify-json/logos/icons.json"), "utf8")) as IconifyJson;
  return Object.entries(icons)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, icon]) => {
      const box = [icon.left ?? 0, icon.top ?? 0, icon.width ?? width, icon.height ?? height].join(" ");
      return {
        name,
        svg: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box}">${icon.body}</svg>`,
      };
    });
}

/** `count` logos, drawn without replacement; the same seed draws the same ones. */
export function sample(logos: readonly Logo[], count: number, seed: number): Logo[] {
  const random = mulberry32(seed);
  const left = [...logos];
  const drawn: Logo[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  return drawn;
}

/** A small seeded generator (mulberry32): uniform in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
