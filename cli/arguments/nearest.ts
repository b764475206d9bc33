/** Finds what a mistyped word was meant to be. */

/** Number of insertions, deletions and replacements between two words (Levenshtein's distance). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}

/** The known word that begins so, else the one that is nearest to `word`, or null when none is near: more than a third of its letters (and more than two) would have to change. */
export function nearest(word: string, known: readonly string[]): string | null {
  const begun = known.filter((candidate) => word.length >= 3 && candidate.startsWith(word));
  if (begun[0] !== undefined && begun.length === 1) return begun[0];
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.ceil(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.candidate ?? null;
}
