/** Presets as what a form is filled with. Pure. */
import type { Preset } from "#contract/preset.ts";
import type { Field } from "../parameters/form-model.ts";
import { type FormValues, isActive, toValues } from "../parameters/form-values.ts";

/** A preset of the type or of the visitor's own. */
export type AnyPreset = Pick<Preset, "name" | "title" | "description" | "params">;

/** The form as the preset has it: its parameters, and for all others the defaults. What only the visitor can say stays as it is. */
export function filledWith(fields: readonly Field[], now: FormValues, params: Preset["params"]): FormValues {
  const filled = toValues(fields, params);
  const theirs = fields.filter(({ name, kind, required }) => kind === "text" && required && !(name in params));
  return { ...filled, ...Object.fromEntries(theirs.map(({ name }) => [name, now[name] ?? ""])) };
}

/** Which of the presets the form is as now, by its place in the list; -1 for none. Fields without effect don't count. */
export function presetOf(
  fields: readonly Field[],
  now: FormValues,
  presets: readonly Pick<AnyPreset, "params">[],
): number {
  const text = (values: FormValues) =>
    JSON.stringify(fields.map((field) => (isActive(field, values) ? values[field.name] : null)));
  const wanted = text(now);
  return presets.findIndex(({ params }) => text(filledWith(fields, now, params)) === wanted);
}

/** "Shop window, 2nd" → "shop-window-2nd"; "preset" where nothing is left. At most 40 characters. */
export function presetName(title: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replace(/^-+|-+$/g, "");
  return words === "" ? "preset" : words;
}
