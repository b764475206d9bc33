/** Versions of one thing as rows of a list: what changed in words. Pure. */
import type { JobVersions, ParamChange } from "#contract/public-api.ts";
import { optionLabel } from "../parameters/form-model.ts";

type Version = JobVersions["versions"][number];

/** A value of a parameter, short. Nothing set is the type's default. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return "default";
  if (Array.isArray(value)) return value.length > 3 ? `${value.length} entries` : value.map(valueText).join(", ");
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** "depthMm" → "Depth": the title of the form's field, or the name in words. */
const changeText = ({ param, from, to }: ParamChange, titles: ReadonlyMap<string, string>): string =>
  `${titles.get(param) ?? optionLabel(param)}: ${valueText(from)} → ${valueText(to)}`;

/** What a version changed, one text per parameter; a sentence where nothing or nobody knows. */
export function changesOf(version: Version, titles: ReadonlyMap<string, string>): string[] {
  const { changed, cached } = version;
  if (changed === null) return ["First version"];
  if (changed.length > 0) return changed.map((change) => changeText(change, titles));
  return [cached ? "The same again" : "Made once more"];
}
