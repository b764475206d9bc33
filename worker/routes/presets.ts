/** `/v1/presets`: an account's own presets. Those of the job types are shown with them. */
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { type JobTypeDefinition, presetParams } from "#contract/job-types/job-type.ts";
import { findJobType } from "#contract/job-types/registry.ts";
import { MAX_PRESETS_PER_OWNER } from "#contract/limits.ts";
import { presetListSchema, presetNameSchema, presetSchema, putPresetRequestSchema } from "#contract/preset.ts";
import { isKnown } from "../domain/ownership.ts";
import { AppError } from "../errors.ts";
import type { AppContext } from "../middleware/context.ts";
import { deletePreset, listPresets, readPreset, upsertPreset } from "../storage/presets-table.ts";
import { Resource } from "./operation.ts";
import { invalidRequest, parseWith } from "./request-parsing.ts";

/** A session is anybody's to make: what it stored here would be nobody's to clear away. */
const hasAccount = createMiddleware<AppContext>(async (c, next) => {
  if (!isKnown(c.get("owner"))) {
    const detail = "Presets of your own need an API key. Those of the job types are for everybody.";
    throw new AppError("unauthorized", detail);
  }
  await next();
});

export const presets = new Resource("/v1/presets", { tag: "Presets", access: "user", admission: [hasAccount] });

const place = { type: z.string().max(64).describe("A job type"), name: presetNameSchema };
const found = { 200: { description: "The preset", schema: presetSchema } };

presets.get(
  "",
  {
    operationId: "listPresets",
    summary: "List your presets",
    description: `By job type and name; there are at most ${MAX_PRESETS_PER_OWNER}.`,
    scope: "read",
    query: z.object({ type: z.string().max(64).optional().describe("Only those of this job type.") }).strict(),
    answers: { 200: { description: "The presets", schema: presetListSchema } },
  },
  async (c, { query: { type } }) => c.json({ presets: await listPresets(c.env.DB, c.get("owner"), type) }),
);

presets.get(
  "/{type}/{name}",
  {
    operationId: "readPreset",
    summary: "Read a preset",
    scope: "read",
    params: place,
    answers: found,
    problems: ["preset_not_found"],
  },
  async (c) => c.json(await findPreset(c.env.DB, placeOf(c))),
);

presets.put(
  "/{type}/{name}",
  {
    operationId: "putPreset",
    summary: "Make a preset, or change it",
    description:
      "Its parameters are checked by the job type; those that it needs may be left for the submission to give.",
    scope: "write",
    params: place,
    body: putPresetRequestSchema,
    examples: { ours: { title: "Shop window", params: { crop: true, backgroundColor: "#f4f1ea" } } },
    answers: { ...found, 201: { description: "The preset, which is new", schema: presetSchema } },
    problems: ["unknown_job_type", "preset_limit"],
  },
  async (c, { body }) => {
    const { owner, type: typeName, name } = placeOf(c);
    const type = findJobType(typeName);
    if (!type) {
      throw new AppError("unknown_job_type", `There is no job type "${typeName}". GET /v1/job-types lists them.`);
    }
    checkName(type, name);
    parseWith(presetParams(type), body.params, "params");
    const now = Date.now();
    const { title = name, description, params } = body;
    const preset = { type: type.name, name, title, description, params, createdAt: now, updatedAt: now };
    const stored = await upsertPreset(c.env.DB, owner, preset);
    if (!stored) {
      const detail = `You have ${MAX_PRESETS_PER_OWNER} presets, and no more may be kept. Delete one that you don't need.`;
      throw new AppError("preset_limit", detail);
    }
    return c.json(stored, stored.createdAt === now ? 201 : 200);
  },
);

presets.delete(
  "/{type}/{name}",
  {
    operationId: "deletePreset",
    summary: "Delete a preset",
    description: "Jobs that were made with it keep their parameters.",
    scope: "write",
    params: place,
    answers: { 204: { description: "Deleted" } },
    problems: ["preset_not_found"],
  },
  async (c) => {
    const { owner, type, name } = placeOf(c);
    await findPreset(c.env.DB, { owner, type, name });
    await deletePreset(c.env.DB, { owner, type, name });
    return c.body(null, 204);
  },
);

function placeOf(c: { get: (name: "owner") => string; req: { param: (name: string) => string | undefined } }) {
  return { owner: c.get("owner"), type: c.req.param("type") ?? "", name: c.req.param("name") ?? "" };
}

async function findPreset(db: D1Database, at: ReturnType<typeof placeOf>) {
  const preset = await readPreset(db, at);
  if (!preset) throw new AppError("preset_not_found", "You have no preset of this name. GET /v1/presets lists them.");
  return preset;
}

function checkName(type: JobTypeDefinition, name: string): void {
  const parsed = presetNameSchema.safeParse(name);
  if (!parsed.success) {
    throw invalidRequest(parsed.error.issues.map(({ message }) => ({ path: "name", message })));
  }
  if (type.presets.some((builtIn) => builtIn.name === name)) {
    throw invalidRequest([{ path: "name", message: `is a preset of ${type.name} itself; choose another name` }]);
  }
}
