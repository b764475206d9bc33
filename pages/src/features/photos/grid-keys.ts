/** How the arrow keys move in a grid of places. Pure. */

/** Where a key leads from place `from` of `count`, `columns` in a row; null when the key does not move. */
export function placeAfter(key: string, from: number, count: number, columns: number): number | null {
  const to = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns,
    ArrowDown: from + columns,
    Home: 0,
    End: count - 1,
  }[key];
  if (to === undefined) return null;
  return to < 0 || to >= count ? from : to;
}

/** How many stand in the first row, given where each one's top is. */
export function columnsOf(tops: readonly number[]): number {
  const second = tops.findIndex((top) => top !== tops[0]);
  return Math.max(1, second === -1 ? tops.length : second);
}
