/** Opaque cursors of lists: the place of the last row, in base64url. */

/** What is listed. */
export type ListKind = "job" | "bat" | "key";

/** Where a row stands in its list. */
export interface ListPlace {
  readonly createdAt: number;
  readonly id: string;
}

/** The cursor of the page after this row. */
export function encodeCursor({ createdAt, id }: ListPlace): string {
  return btoa(`${createdAt}.${id}`).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The row of a list, of jobs unless said otherwise, that a cursor names, or null when it is none of ours. */
export function decodeCursor(cursor: string, kind: ListKind = "job"): ListPlace | null {
  if (!/^[\w-]+$/.test(cursor)) return null;
  try {
    const match = /^(\d{1,16})\.([a-z]{3}_[0-9a-z]{26})$/.exec(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")));
    return match?.[2]?.startsWith(kind) ? { createdAt: Number(match[1]), id: match[2] as string } : null;
  } catch {
    return null;
  }
}
