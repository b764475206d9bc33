/**
 * `npm run bench -- svg [--only NAME,…] [--kind photo|logo|drawing] [--keep FOLDER]`: `image-to-svg` with `auto` beside
 * plain vtracer at each of its presets, on the same pictures. All SVGs are drawn by the same resvg and measured by the same
 * code at the picture's own size. vtracer's SVGs are counted as it writes them and as SVGO makes them, which is fairer.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { engineSettings, loadLocalConfig } from "../../gpu-runner/config.ts";
import { closeEngines, makeEngines } from "../../gpu-runner/engines/engines.ts";
import { PictureComparer } from "../../gpu-runner/engines/picture/measure/compare-pictures.ts";
import { rasterise } from "../../gpu-runner/engines/picture/measure/rasterise.ts";
import { decodePicture, type Pixels } from "../../gpu-runner/engines/picture/read/decode-picture.ts";
import { readHeader } from "../../gpu-runner/engines/picture/read/read-header.ts";
import { minify } from "../../gpu-runner/engines/picture/trace/minify.ts";
import { runLocal } from "../../gpu-runner/run-local.ts";
import { median } from "../median.ts";
import { type BenchPicture, benchPictures } from "./pictures.ts";
import { plainVtracer, VTRACER_PRESETS, type VtracerPreset } from "./plain-vtracer.ts";

interface Figures {
  readonly ssim: number;
  readonly deltaE: number;
  readonly bytes: number;
  /** After SVGO; the same as `bytes` for Kiln. */
  readonly minified: number;
  readonly seconds: number;
}
type Tool = VtracerPreset | "auto";
interface Row {
  readonly picture: BenchPicture;
  readonly figures: Readonly<Record<Tool, Figures>>;
  readonly preset: string;
}

const TOOLS: readonly Tool[] = [...(Object.keys(VTRACER_PRESETS) as VtracerPreset[]), "auto"];
/** vtracer's presets that trace in colour. */
const COLOR_PRESETS = ["poster", "photo"] as const;

/** Runs the benchmark; 0 when auto is at least as faithful as vtracer's most faithful preset and smaller, in the median. */
export async function benchSvg(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { only: { type: "string" }, kind: { type: "string" }, keep: { type: "string" } },
  });
  const folder = await mkdtemp(join(tmpdir(), "kiln-bench-svg-"));
  if (values.keep !== undefined) await mkdir(values.keep, { recursive: true });
  const engines = makeEngines(engineSettings({ ...loadLocalConfig(), workRoot: folder }, 1, () => {}));
  try {
    const names = values.only?.split(",");
    const pictures = (await benchPictures(folder)).filter(
      ({ name, kind }) => (!names || names.includes(name)) && (!values.kind || values.kind === kind),
    );
    const rows: Row[] = [];
    for (const picture of pictures) {
      await engines.picture.ready();
      const row = await measure(picture, engines, folder, values.keep);
      print(row);
      rows.push(row);
    }
    return summarise(rows);
  } finally {
    await closeEngines(engines);
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  picture: BenchPicture,
  engines: ReturnType<typeof makeEngines>,
  folder: string,
  keep: string | undefined,
): Promise<Row> {
  const header = await readHeader(picture.path, picture.name);
  const pixels = await decodePicture(picture.path, picture.name, header);
  const comparer = new PictureComparer(pixels);
  const figures = {} as Record<Tool, Figures>;
  for (const preset of Object.keys(VTRACER_PRESETS) as VtracerPreset[]) {
    const { svg, seconds } = await plainVtracer(picture.path, preset);
    figures[preset] = { ...(await compare(comparer, pixels, svg)), minified: minify(svg).length, seconds };
    if (keep) await writeFile(join(keep, `${picture.name}.${preset}.svg`), svg);
  }
  const startedAt = performance.now();
  const { manifest } = await runLocal(
    { type: "image-to-svg", params: {}, inputs: [picture.path], outDir: join(folder, "out") },
    {
      engines,
      workRoot: folder,
      signal: new AbortController().signal,
      observer: { onProgress: () => {}, onLog: () => {} },
    },
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const svg = await readFile(join(folder, "out", "image.svg"), "utf8");
  if (keep) await writeFile(join(keep, `${picture.name}.auto.svg`), svg);
  figures.auto = { ...(await compare(comparer, pixels, svg)), minified: svg.length, seconds };
  return { picture, figures, preset: String(manifest.report.preset) };
}

async function compare(
  comparer: PictureComparer,
  { width, height }: Pixels,
  svg: string,
): Promise<Pick<Figures, "ssim" | "deltaE" | "bytes">> {
  const { rgba } = await rasterise(svg, width, height);
  return { ...comparer.compare(rgba), bytes: svg.length };
}

function print({ picture, figures, preset }: Row): void {
  for (const tool of TOOLS) {
    const title = tool === "auto" ? `Kiln auto (${preset})` : `vtracer ${tool}`;
    console.log(`${picture.name.padEnd(24)} ${line(title, figures[tool])}`);
  }
}

function line(title: string, { ssim, deltaE, bytes, minified, seconds }: Figures): string {
  const size = `${String(Math.round(bytes)).padStart(8)} bytes ${String(Math.round(minified)).padStart(8)} minified`;
  return `${title.padEnd(22)} SSIM ${ssim.toFixed(4)}  ΔE ${deltaE.toFixed(2).padStart(5)}  ${size}  ${seconds.toFixed(2).padStart(6)} s`;
}

/** The colour preset of vtracer with the highest SSIM on this picture. */
function mostFaithful({ figures }: Row): Figures {
  return COLOR_PRESETS.map((preset) => figures[preset]).reduce((a, b) => (b.ssim > a.ssim ? b : a));
}

function summarise(rows: readonly Row[]): number {
  const medianOf = (rowsOf: readonly Row[], tool: Tool): Figures => {
    const pick = (key: keyof Figures) => median(rowsOf.map((row) => row.figures[tool][key]));
    return {
      ssim: pick("ssim"),
      deltaE: pick("deltaE"),
      bytes: pick("bytes"),
      minified: pick("minified"),
      seconds: pick("seconds"),
    };
  };
  for (const kind of ["photo", "logo", "drawing", "all"] as const) {
    const group = rows.filter(({ picture }) => kind === "all" || picture.kind === kind);
    if (group.length === 0) continue;
    console.log(`\nMedian of ${group.length} pictures (${kind})`);
    for (const tool of TOOLS)
      console.log(`  ${line(tool === "auto" ? "Kiln auto" : `vtracer ${tool}`, medianOf(group, tool))}`);
    const ratio = median(group.map((row) => row.figures.auto.bytes / mostFaithful(row).minified));
    const better = group.filter((row) => row.figures.auto.ssim >= mostFaithful(row).ssim).length;
    const smaller = group.filter((row) => row.figures.auto.bytes < mostFaithful(row).minified).length;
    console.log(
      `  Beside vtracer's most faithful colour preset for each picture, minified: SSIM at least as high on ${better}, smaller on ${smaller}; median size ${(100 * ratio).toFixed(0)} %`,
    );
  }
  const auto = medianOf(rows, "auto");
  const best = median(rows.map((row) => mostFaithful(row).ssim));
  const leastDeltaE = Math.min(...COLOR_PRESETS.map((preset) => medianOf(rows, preset).deltaE));
  const sizeRatio = median(rows.map((row) => row.figures.auto.bytes / mostFaithful(row).minified));
  const checks = [
    [
      auto.ssim >= best,
      `median SSIM ${auto.ssim.toFixed(4)}, of vtracer's most faithful preset for each picture ${best.toFixed(4)}`,
    ],
    [
      auto.deltaE <= leastDeltaE,
      `median ΔE ${auto.deltaE.toFixed(2)}, of vtracer's best colour preset ${leastDeltaE.toFixed(2)}`,
    ],
    [sizeRatio < 1, `median size ${(100 * sizeRatio).toFixed(0)} % of the most faithful preset's after SVGO`],
  ] as const;
  console.log("");
  for (const [isMet, text] of checks) console.log(`${isMet ? "met" : "NOT MET"}: ${text}`);
  return checks.every(([isMet]) => isMet) ? 0 : 1;
}
