/** Bytes for people: 1,234 → "1.2 kB". SI units, as files are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const exponent = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** exponent).toFixed(1)} ${["B", "kB", "MB", "GB"][exponent]}`;
}
