/** Lists in pages, newest first. */
import { z } from "zod";
import { decodeCursor, encodeCursor, type ListKind, type ListPlace } from "./list-cursor.ts";
import { integerText, invalidRequest } from "./request-parsing.ts";

/** What a call says of the page that it wants. */
export const pageShape = {
  limit: integerText(z.number().int().min(1).max(100))
    .default(20)
    .meta({ description: "How many to list at most", example: 20 }),
  cursor: z
    .string()
    .max(200)
    .optional()
    .meta({ description: "`cursor` of the page before. Left out: from the first on" }),
};

interface WantedPage {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * One page of a list of `kind`. `read` answers with the rows that follow `after`, no more than its `limit`, which is one
 * more than the page holds: whether there is a next page is known without counting.
 * @throws AppError invalid_request when the cursor is not of such a list
 */
export async function pageOf<Row extends ListPlace>(
  kind: ListKind,
  { limit, cursor }: WantedPage,
  read: (place: { readonly limit: number; readonly after: ListPlace | null }) => Promise<readonly Row[]>,
): Promise<{ rows: Row[]; cursor: string | null }> {
  const after = cursor === undefined ? null : decodeCursor(cursor, kind);
  if (cursor !== undefined && !after)
    throw invalidRequest([{ path: "cursor", message: "is not a cursor of this list" }]);
  const found = await read({ limit: limit + 1, after });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, cursor: found.length > limit && last ? encodeCursor(last) : null };
}
