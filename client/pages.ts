/** Lists that come in pages, as one list. */

interface Page {
  /** Where the next page begins; null = this is the last one. */
  readonly cursor: string | null;
}

/** Every item of every page, each page asked for when it is needed. */
export async function* eachOf<P extends Page, Item>(
  read: (cursor: string | undefined) => Promise<P>,
  itemsOf: (page: P) => readonly Item[],
): AsyncGenerator<Item, void, undefined> {
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await read(cursor);
    yield* itemsOf(page);
    ({ cursor } = page);
  }
}
