/** Presets as what a form is filled with. Pure. */
import type { Preset } from "#contract/preset.ts";
import type { Field } from "../parameters/form-model.ts";
import { type FormValues, isActive, toParams, toValues } from "../parameters/form-values.ts";

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

/** As `presetNameSchema` has it. */
const MAX_NAME_CHARS = 40;

/** "Shop window, 2nd" → "shop-window-2nd"; "preset" where nothing is left. At most 40 characters. */
export function presetName(title: string): string {
  const words = title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_NAME_CHARS)
    .replace(/^-+|-+$/g, "");
  return words === "" ? "preset" : words;
}

/** A name for the title that none of `taken` is. */
export function freeName(title: string, taken: readonly string[]): string {
  const name = presetName(title);
  if (!taken.includes(name)) return name;
  for (let number = 2; ; number++) {
    const end = `-${number}`;
    const numbered = name.slice(0, MAX_NAME_CHARS - end.length).replace(/-+$/, "") + end;
    if (!taken.includes(numbered)) return numbered;
  }
}

/** What is wrong with a title beside those of `others`, as a sentence; null when it is good. Small and large letters are the same. */
export function titleProblem(title: string, others: readonly Pick<AnyPreset, "title">[]): string | null {
  const folded = title.toLocaleLowerCase();
  const same = others.find((other) => other.title.toLocaleLowerCase() === folded);
  return same ? `There is a preset “${same.title}” already. Choose another name.` : null;
}

/** What is worth keeping: the parameters of the form but the text, which is the job's own. `problem`: fields to mend first, as a sentence. */
export function savedParams(
  fields: readonly Field[],
  values: FormValues,
): { readonly params: Record<string, unknown>; readonly problem: string | null } {
  const kept = fields.filter(({ kind, required }) => !(kind === "text" && required));
  const { params, errors } = toParams(kept, values);
  const wrong = kept.filter(({ name }) => name in errors).map(({ label }) => label);
  return { params, problem: wrong.length > 0 ? `Mend this first: ${wrong.join(", ")}.` : null };
}
