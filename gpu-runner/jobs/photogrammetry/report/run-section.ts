/** Section on how the result was made: seconds of each stage, parameters, versions. */
import { photogrammetry, photogrammetryParamsSchema } from "#contract/job-types/photogrammetry.ts";
import { seconds } from "./figures.ts";
import { html, type Markup } from "./html.ts";
import type { ReportFacts } from "./report-facts.ts";
import { facts } from "./scene-sections.ts";

const STAGE_TITLES = new Map(photogrammetry.stages.map(({ name, title }) => [name, title]));

export function runSection({ typeVersion, params, timings, versions }: ReportFacts): Markup {
  const total = timings.reduce((sum, timing) => sum + timing.seconds, 0);
  const longest = Math.max(...timings.map((timing) => timing.seconds), 1e-9);
  const names = Object.entries(versions).sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<section><h2>How it was made</h2>
${
  timings.length > 0 &&
  html`<h3>${seconds(total)} in all</h3><ul class="timings">${timings.map(
    (timing) =>
      html`<li><span>${STAGE_TITLES.get(timing.stage) ?? timing.stage}</span><span class="track"><span class="fill" style="width:${((100 * timing.seconds) / longest).toFixed(1)}%"></span></span><span class="value">${seconds(timing.seconds)}</span></li>`,
  )}</ul>`
}
<h3>Parameters</h3>${facts(Object.entries(params).map(([name, value]) => parameter(name, value)))}
<h3>Versions</h3>${facts([["Job type", String(typeVersion)], ...names])}</section>`;
}

interface Meta {
  readonly title?: string;
  readonly unit?: string;
  readonly choices?: Readonly<Record<string, { readonly title: string }>>;
}

/** A parameter as the form calls it. */
function parameter(name: string, value: unknown): readonly [string, string | null] {
  const schema = photogrammetryParamsSchema.shape[name as keyof typeof photogrammetryParamsSchema.shape];
  const { title = name, unit, choices }: Meta = schema?.meta() ?? {};
  const shown = (item: unknown): string => choices?.[String(item)]?.title ?? String(item);
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return [title, null];
  if (typeof value === "boolean") return [title, value ? "yes" : "no"];
  const text = Array.isArray(value) ? value.map(shown).join(", ") : shown(value);
  return [title, unit ? `${text} ${unit}` : text];
}
