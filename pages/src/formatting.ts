/** Numbers and times as people read them. Pure: `now` and the locale's time zone are arguments or the platform's own. */

const BYTE_UNITS = ["B", "kB", "MB", "GB"] as const;

/** Bytes in decimal units with at most three digits: 950 B, 12.3 kB, 100 MB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** A duration: 0.4 s, 12 s, 3 min 5 s, 2 h 10 min. */
export function formatSeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/** The length of a clip, exact: 0.48 s, 2.5 s, 1 min 12.25 s. */
export function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const rest = `${Number((seconds - minutes * 60).toFixed(2))} s`;
  return minutes > 0 ? `${minutes} min ${rest}` : rest;
}

/** An estimate without false precision: "a few seconds", "about 20 s", "about 3 min", "about 2 h". */
export function formatAbout(seconds: number): string {
  if (seconds < 3) return "a few seconds";
  if (seconds < 55) return `about ${seconds < 10 ? Math.ceil(seconds) : Math.ceil(seconds / 5) * 5} s`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 100 ? `about ${minutes} min` : `about ${Math.round(minutes / 60)} h`;
}

/** How long is left: "a few seconds left", "about 20 s left", "about 3 min left". */
export const formatEta = (etaS: number): string => `${formatAbout(etaS)} left`;

/** How long ago: "just now", "5 min ago", "2 h ago", "3 days ago". */
export function formatAgo(at: number, now: number): string {
  const minutes = Math.floor(Math.max(0, now - at) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.floor(hours / 24);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** A moment in the visitor's language and time zone, e.g. "23 Nov, 06:30". */
export function formatMoment(at: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(
    at,
  );
}

/** A length without needless zeros: 80, 12.5, 0.04. */
export function formatNumber(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 1 ? 3 : 2)));
}
