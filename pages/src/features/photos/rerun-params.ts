/** The parameters of a job that goes on from an earlier one (`POST /v1/jobs/{id}/rerun`). Pure. */
import type { Field } from "../parameters/form-model.ts";

/**
 * `params` are put over the earlier job's; a field of the form that holds nothing now goes back to its default, which the
 * call is told by null.
 */
export function rerunParams(
  fields: readonly Field[],
  params: Readonly<Record<string, unknown>>,
  earlier: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const cleared = fields.filter(({ name }) => !Object.hasOwn(params, name) && Object.hasOwn(earlier, name));
  return { ...Object.fromEntries(cleared.map(({ name }) => [name, null])), ...params };
}
