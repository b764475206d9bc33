/** Sections on single photos: those that are not in the model, and all of them. */
import { figure, plural, share } from "./figures.ts";
import { html, type Markup } from "./html.ts";
import type { ReportPhoto, ReportScene, ReportView } from "./report-scene.ts";

type Thumbnails = ReadonlyMap<number, string>;

interface LeftOutPhoto {
  readonly photo: ReportPhoto | null;
  readonly file: string;
  readonly reasons: readonly string[];
}

/** Photos that have no part in the result, each with why. Null when there are none. */
export function leftOutSection(scene: ReportScene, thumbnails: Thumbnails): Markup | null {
  const leftOut = leftOutPhotos(scene);
  if (leftOut.length === 0) return null;
  return html`<section><h2>Left out</h2>
<p>${plural(leftOut.length, "photo has", "photos have")} no part in the result.</p>
<ul class="left-out">${leftOut.map(
    ({ photo, file, reasons }) => html`<li>${thumbnailOf(photo, thumbnails)}
<div><h3>${numberOf(photo)}<bdi>${file}</bdi></h3>${reasons.map((reason) => html`<p>${reason}</p>`)}</div></li>`,
  )}</ul></section>`;
}

function leftOutPhotos({ photos, poses }: ReportScene): LeftOutPhoto[] {
  const byFile = new Map<string, LeftOutPhoto>();
  const add = (item: LeftOutPhoto) => {
    if (!byFile.has(item.file)) byFile.set(item.file, item);
  };
  for (const { file, reason } of photos?.skipped ?? []) add({ photo: null, file, reasons: [reason] });
  for (const photo of photos?.photos ?? [])
    if (!photo.use)
      add({ photo, file: photo.file, reasons: messages(photo).length ? messages(photo) : ["Left out by request."] });
  for (const { file, reason } of poses?.dropped ?? [])
    add({ photo: photos?.photos.find((photo) => photo.file === file) ?? null, file, reasons: [reason] });
  return [...byFile.values()];
}

const messages = ({ reasons }: ReportPhoto): string[] => reasons.map(({ message }) => message);

/** A list of more photos is folded: what comes after it should be found too. */
const MAX_UNFOLDED = 60;

/** All photos that could be read, in the order they came in. */
export function photosSection({ photos, poses, fuse }: ReportScene, thumbnails: Thumbnails): Markup | null {
  if (!photos || photos.photos.length === 0) return null;
  const views = new Map(poses?.views.map((view) => [view.photo, view]));
  const depths = new Map(fuse?.views.map((view) => [view.photo, view.confirmed]));
  const list = html`<ul class="photos">${photos.photos.map((photo) => {
    const { state, label } = stateOf(photo, views.get(photo.id), poses !== null);
    return html`<li class="photo-${state}">${thumbnailOf(photo, thumbnails)}
<h3>${numberOf(photo)}<bdi>${photo.file}</bdi></h3>
<p class="state">${label}</p>
${photoFigures(photo, views.get(photo.id), depths.get(photo.id))}</li>`;
  })}</ul>`;
  const summary = html`<summary>${plural(photos.photos.length, "photo")}, each with its figures</summary>`;
  const folded = photos.photos.length > MAX_UNFOLDED;
  return html`<section><h2>All photos</h2>
${folded ? html`<details>${summary}${list}</details>` : list}</section>`;
}

type State = "good" | "fair" | "out";

function stateOf(photo: ReportPhoto, view: ReportView | undefined, aligned: boolean): { state: State; label: string } {
  if (!photo.use) return { state: "out", label: "not used" };
  if (aligned && !view?.registered) return { state: "out", label: "no camera found" };
  if (view && !view.kept) return { state: "out", label: "camera not believed" };
  const label = aligned ? "in the result" : "good";
  return photo.verdict === "warn"
    ? { state: "fair", label: aligned ? "in the result, with doubts" : "usable" }
    : { state: "good", label };
}

function photoFigures(photo: ReportPhoto, view: ReportView | undefined, confirmed: number | undefined): Markup {
  const rows: (readonly [string, string] | null)[] = [["Size", `${photo.originalWidth} × ${photo.originalHeight} px`]];
  if (view?.registered) {
    rows.push(
      view.points != null ? ["Points", view.points.toLocaleString("en")] : null,
      view.meanTrackLength ? ["Seen by", `${figure(view.meanTrackLength, 2)} photos`] : null,
      view.reprojectionErrorPx != null ? ["Off by", `${figure(view.reprojectionErrorPx, 2)} px`] : null,
      view.agreement ? ["Both ways", `${apart(view.agreement.centerPercent)} off`] : null,
    );
  }
  if (confirmed !== undefined) rows.push(["Depth", `${share(confirmed)} confirmed`]);
  const doubts = photo.use && photo.verdict === "warn" ? messages(photo) : [];
  return html`<dl>${rows.map((row) => row && html`<div><dt>${row[0]}</dt><dd>${row[1]}</dd></div>`)}</dl>
${doubts.map((doubt) => html`<p class="doubt">${doubt}</p>`)}`;
}

const apart = (percent: number): string => (percent < 0.1 ? "< 0.1 %" : `${figure(percent, 2)} %`);

const numberOf = (photo: ReportPhoto | null): Markup | null => photo && html`<span class="number">${photo.id}</span>`;

function thumbnailOf(photo: ReportPhoto | null, thumbnails: Thumbnails): Markup {
  const address = photo && thumbnails.get(photo.id);
  return address
    ? html`<div class="thumbnail"><img src="${address}" alt=""></div>`
    : html`<div class="thumbnail thumbnail-none"></div>`;
}
