/** A submission's `preset` becomes parameters: the job keeps those, so that changing the preset later changes no job. */
import type { Context } from "hono";
import { type JobTypeDefinition, presetParams } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import type { Preset } from "#contract/preset.ts";
import { isKnown } from "../domain/ownership.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { listPresets } from "../storage/presets-table.ts";
import { toFieldErrors } from "./request-parsing.ts";

/** What matters here of a submission. */
interface WithPreset {
  readonly type: string;
  readonly preset?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
}

type Params = Readonly<Record<string, unknown>>;

/**
 * The parameters of each submission: its preset's, and over them its own. Presets of the type come before the caller's of the
 * same name. Asks D1 once, and only for a preset that is none of the type's.
 * @param pathOf where the submission stands in the body, e.g. `jobs.3.`
 */
export async function paramsWithPresets(
  c: Context<AppContext>,
  submissions: readonly WithPreset[],
  pathOf: (index: number) => string = () => "",
): Promise<Params[]> {
  let own: Promise<Preset[]> | undefined;
  const ownPresets = () => (own ??= readOwn(c));
  return Promise.all(
    submissions.map(async ({ type: typeName, preset, params }, index) => {
      const type = findJobType(typeName);
      // A type that is not known is refused later, and by that name.
      if (preset === undefined || !type) return params;
      return { ...(await presetOf(type, preset, ownPresets, pathOf(index))), ...params };
    }),
  );
}

async function presetOf(
  type: JobTypeDefinition,
  name: string,
  ownPresets: () => Promise<Preset[]>,
  path: string,
): Promise<Params> {
  const builtIn = type.presets.find((preset) => preset.name === name);
  if (builtIn) return builtIn.params;
  const own = (await ownPresets()).filter((preset) => preset.type === type.name);
  const found = own.find((preset) => preset.name === name);
  if (!found) throw unknownPreset(type, name, own, path);
  // The type may have changed since the preset was made.
  const checked = presetParams(type).safeParse(found.params);
  if (checked.success) return found.params;
  const errors = toFieldErrors(checked.error, `${path}preset`);
  const wrong = toFieldErrors(checked.error).map((error) => `${error.path}: ${error.message}`);
  const detail = `Your preset "${name}" no longer fits ${type.name}: ${wrong.join("; ")}. Change it with PUT /v1/presets/${type.name}/${name}.`;
  throw new AppError("invalid_request", detail.slice(0, 1_000), { errors });
}

async function readOwn(c: Context<AppContext>): Promise<Preset[]> {
  const owner = c.get("owner");
  return isKnown(owner) ? listPresets(c.env.DB, owner) : [];
}

function unknownPreset(type: JobTypeDefinition, name: string, own: readonly Preset[], path: string): AppError {
  const known = [...type.presets, ...own].map((preset) => preset.name);
  return new AppError("unknown_preset", `${type.name} has no preset "${name}". There are: ${known.join(", ")}.`, {
    errors: [{ path: `${path}preset`, message: `is not one of ${known.join(", ")}` }],
  });
}
