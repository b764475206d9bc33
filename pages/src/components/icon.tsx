/** The site's icons: own drawings on a 20 px grid, in the colour of the text. Decoration only, hidden from readers. */
const PATHS = {
  download: "M10 3v9m0 0 3.5-3.5M10 12 6.5 8.5M4 16h12",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7ZM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  moon: "M16 11.8A6.5 6.5 0 1 1 8.2 4a5.2 5.2 0 0 0 7.8 7.8Z",
  check: "m5 10.5 3.2 3.2L15 7",
  plus: "M10 5v10M5 10h10",
  cross: "m6 6 8 8m0-8-8 8",
  alert: "M10 6.5v4.2M10 13.4v.1M10 2.8l7.6 13.4H2.4Z",
  chevron: "m7.5 5 5 5-5 5",
  pause: "M7.5 5v10M12.5 5v10",
  play: "M7 4.8v10.4L15.2 10Z",
  reset: "M4.5 10a5.5 5.5 0 1 0 1.8-4.1M4.2 3.5l.4 3.4 3.4-.2",
  file: "M5.5 3h6L15 6.5V17h-9.5ZM11 3.2V7h3.8",
  clock: "M10 3a7 7 0 1 0 0 14a7 7 0 0 0 0-14ZM10 6v4.3l2.6 1.7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
