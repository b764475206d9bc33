/** The D1 table `presets`: an account's own. Nothing else sees its SQL. */
import { MAX_PRESETS_PER_OWNER } from "#contract/limits.ts";
import type { Preset } from "#contract/preset.ts";

interface PresetRow {
  type: string;
  name: string;
  title: string;
  description: string;
  params: string;
  created_at: number;
  updated_at: number;
}

const COLUMNS = "type, name, title, description, params, created_at, updated_at";

/** Which preset is meant. */
export interface PresetPlace {
  readonly owner: string;
  readonly type: string;
  readonly name: string;
}

/**
 * Stores a preset in place of the one of its name.
 * @returns it as it is stored, or null when the owner has `MAX_PRESETS_PER_OWNER` others
 */
export async function upsertPreset(db: D1Database, owner: string, preset: Preset): Promise<Preset | null> {
  const row = await db
    .prepare(
      `INSERT INTO presets (owner, ${COLUMNS})
       SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7
       WHERE (SELECT COUNT(*) FROM presets WHERE owner = ?1 AND NOT (type = ?2 AND name = ?3)) < ?8
       ON CONFLICT (owner, type, name) DO UPDATE SET title = excluded.title, description = excluded.description,
         params = excluded.params, updated_at = excluded.updated_at
       RETURNING ${COLUMNS}`,
    )
    .bind(
      owner,
      preset.type,
      preset.name,
      preset.title,
      preset.description,
      JSON.stringify(preset.params),
      preset.updatedAt,
      MAX_PRESETS_PER_OWNER,
    )
    .first<PresetRow>();
  return row ? toPreset(row) : null;
}

/** The owner's presets, of one type when asked, by type and name. */
export async function listPresets(db: D1Database, owner: string, type?: string): Promise<Preset[]> {
  const { results } = await db
    .prepare(`SELECT ${COLUMNS} FROM presets WHERE owner = ?1 AND (?2 IS NULL OR type = ?2) ORDER BY type, name`)
    .bind(owner, type ?? null)
    .all<PresetRow>();
  return results.map(toPreset);
}

/** The preset, or null. */
export async function readPreset(db: D1Database, { owner, type, name }: PresetPlace): Promise<Preset | null> {
  const row = await db
    .prepare(`SELECT ${COLUMNS} FROM presets WHERE owner = ? AND type = ? AND name = ?`)
    .bind(owner, type, name)
    .first<PresetRow>();
  return row ? toPreset(row) : null;
}

/** Forgets the preset, if it is there. */
export async function deletePreset(db: D1Database, { owner, type, name }: PresetPlace): Promise<void> {
  await db.prepare("DELETE FROM presets WHERE owner = ? AND type = ? AND name = ?").bind(owner, type, name).run();
}

function toPreset(row: PresetRow): Preset {
  const { type, name, title, description, created_at: createdAt, updated_at: updatedAt } = row;
  return { type, name, title, description, params: JSON.parse(row.params), createdAt, updatedAt };
}
