/** A histogram as an inline SVG picture. */
import { count, figure } from "./figures.ts";
import { html, type Markup } from "./html.ts";

interface Histogram {
  /** One more than counts: the bar `i` is from `edges[i]` to `edges[i + 1]`. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

interface HistogramWords {
  readonly title: string;
  readonly unit: string;
  /** Drawn as a line. */
  readonly mean: number;
  /** Values are whole numbers: a bar is one value and is labelled in its middle. */
  readonly isWhole?: boolean;
}

const WIDTH = 400;
const HEIGHT = 150;
const BASE = 118;
const TOP = 16;
/** Labels along the axis, at most. */
const LABELS = 8;

export function histogramChart({ edges, counts }: Histogram, { title, unit, mean, isWhole }: HistogramWords): Markup {
  const most = Math.max(...counts, 1);
  const step = WIDTH / Math.max(counts.length, 1);
  const every = Math.max(Math.ceil(counts.length / LABELS), 1);
  const total = counts.reduce((sum, value) => sum + value, 0) || 1;
  const bars = counts.map((value, index) => {
    const height = ((BASE - TOP) * value) / most;
    const from = figure(edges[index] ?? 0);
    const range = isWhole ? from : `${from}–${figure(edges[index + 1] ?? 0)}`;
    return html`<rect class="bar" x="${(index * step + 1).toFixed(1)}" y="${(BASE - height).toFixed(1)}" width="${Math.max(step - 2, 1).toFixed(1)}" height="${height.toFixed(1)}"><title>${range} ${unit}: ${count(value)} (${((100 * value) / total).toFixed(1)} %)</title></rect>`;
  });
  const labels = counts.flatMap((_, index) => {
    if (index % every !== 0) return [];
    const x = isWhole ? (index + 0.5) * step : index * step;
    const anchor = index === 0 && !isWhole ? "start" : "middle";
    return [
      html`<text x="${x.toFixed(1)}" y="${BASE + 16}" text-anchor="${anchor}">${figure(edges[index] ?? 0)}</text>`,
    ];
  });
  return html`<figure class="chart"><figcaption>${title}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${bars}
<path class="axis" d="M0 ${BASE}H${WIDTH}"/>${meanLine(edges, counts.length, step, mean, isWhole ?? false)}${labels}
<text class="unit" x="${WIDTH}" y="${HEIGHT - 2}" text-anchor="end">${unit}</text></svg></figure>`;
}

function meanLine(edges: readonly number[], bars: number, step: number, mean: number, isWhole: boolean): Markup | null {
  const index = edges.findIndex((edge, at) => at < bars && mean >= edge && mean < (edges[at + 1] ?? Infinity));
  if (index < 0) return null;
  const [from = 0, to = 1] = edges.slice(index, index + 2);
  const x = (index + (isWhole ? 0.5 : 0) + (mean - from) / (to - from || 1)) * step;
  const anchor = x > WIDTH * 0.7 ? "end" : "start";
  return html`<path class="mean" d="M${x.toFixed(1)} ${TOP - 12}V${BASE}"/><text class="mean-label" x="${(x + (anchor === "start" ? 5 : -5)).toFixed(1)}" y="${TOP - 2}" text-anchor="${anchor}">mean ${figure(mean)}</text>`;
}
