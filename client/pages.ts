/** Lists that come in pages, as one list. */

/** Which page of a list. */
export interface PagePlace {
  /** How many at most. */
  readonly limit?: number;
  /** That of the page before; without it the first page. */
  readonly cursor?: string | undefined;
}

/** Every item of every page's `name`, each page asked for when it is needed. */
export async function* eachOf<Name extends string, Item>(
  read: (
    cursor: string | undefined,
  ) => Promise<{ readonly cursor: string | null } & Readonly<Record<Name, readonly Item[]>>>,
  name: Name,
): AsyncGenerator<Item, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await read(cursor);
    yield* page[name];
    ({ cursor } = page);
  }
}
