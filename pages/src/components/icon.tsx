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
  cube: "M10 2.8 16.4 6.4v7.2L10 17.2l-6.4-3.6V6.4ZM3.8 6.5 10 10l6.2-3.5M10 10v7",
  letter: "M4 6V4h12v2M10 4v12M7.5 16h5",
  curve: "M3 15.5C3 7 17 13 17 4.5M3 15.5h6M11 4.5h6M8 15.5h1.6M10.4 4.5h1.6",
  scissors:
    "M7.6 7.3 16.5 15M7.6 12.7 16.5 5M6 3.6a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 0 0 0-4.4ZM6 12a2.2 2.2 0 1 0 0 4.4A2.2 2.2 0 0 0 6 12Z",
  film: "M3 4.5h14v11H3ZM6.2 4.5v11M13.8 4.5v11M3 8.2h3.2M3 11.8h3.2M13.8 8.2H17M13.8 11.8H17",
  pictures: "M3 6.5h11V17H3ZM6 6.5V3.5h11V14h-3M3.5 15l3-3.4 2.6 2.6 2-1.8 2.6 2.6",
  folder: "M2.8 5h5l1.6 2h7.8v8.5H2.8Z",
  minus: "M5 10h10",
  left: "M12.5 5l-5 5 5 5",
  share:
    "M8.2 8.8 13 6M8.2 11.2 13 14M6 7.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 0 0 0-4.8ZM15 2.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 0 0 0-4.8ZM15 12.6a2.4 2.4 0 1 0 0 4.8a2.4 2.4 0 0 0 0-4.8Z",
  person: "M10 3.2a3.4 3.4 0 1 0 0 6.8a3.4 3.4 0 0 0 0-6.8ZM3.8 17c.4-3.2 2.9-5 6.2-5s5.8 1.8 6.2 5",
  link: "M8.5 11.5a3.3 3.3 0 0 0 4.7 0l2.6-2.6a3.3 3.3 0 0 0-4.7-4.7l-1 1M11.5 8.5a3.3 3.3 0 0 0-4.7 0l-2.6 2.6a3.3 3.3 0 0 0 4.7 4.7l1-1",
  copy: "M7 7h9v9.5H7ZM13 7V3.5H4V13h3",
  stop: "M6 6h8v8H6Z",
  camera: "M3 6h3.4l1.2-2h4.8l1.2 2H17v10H3ZM10 8a3 3 0 1 0 0 6a3 3 0 0 0 0-6Z",
  enlarge: "M12 4h4v4M8 16H4v-4M16 4l-4.6 4.6M4 16l4.6-4.6",
  keep: "M6 3.5h8v13l-4-3.2-4 3.2Z",
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
