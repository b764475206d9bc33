/** Sections on what was measured: cameras, coverage, depth, surface and texture. */
import { cameraMap, isNumbered } from "./camera-map.ts";
import { count, figure, metres, plural, share } from "./figures.ts";
import { histogramChart } from "./histogram.ts";
import { html, type Markup } from "./html.ts";
import { type MapSpace, mapSpace } from "./map-space.ts";
import type { DepthPicture } from "./pictures.ts";
import type { ReportPoses, ReportScene, ReportTexture } from "./report-scene.ts";

/** Where the photos were taken from, and how well the points that they share fit. */
export function camerasSection(scene: ReportScene): Markup | null {
  const { poses } = scene;
  if (!poses) return null;
  const space = mapSpace(scene);
  const dropped = space?.cameras.some((camera) => !camera.kept);
  return html`<section><h2>Cameras</h2>
${
  space &&
  html`<div class="maps">
<figure>${cameraMap(space, poses.gaps, "above")}<figcaption>From above</figcaption></figure>
<figure>${cameraMap(space, poses.gaps, "front")}<figcaption>From the front</figcaption></figure></div>
<p class="legend"><span class="key key-kept">camera that is believed</span>${dropped && html`<span class="key key-dropped">dropped</span>`}${poses.gaps.length > 0 && html`<span class="key key-gap">gap in the coverage</span>`}<span>${mapLabels(space, dropped)}${!space.isModelFrame && " Up is as the photos were held."}</span></p>`
}
${gapList(poses)}
<div class="charts">
${
  poses.reprojectionHistogram &&
  histogramChart(poses.reprojectionHistogram, {
    title: "How far points miss their place in the photos",
    unit: "px",
    mean: poses.reprojectionErrorPx,
  })
}
${
  poses.trackHistogram &&
  histogramChart(poses.trackHistogram, {
    title: "How many photos see a point",
    unit: "photos",
    mean: poses.meanTrackLength,
    isWhole: true,
  })
}</div>
${facts([
  ["Points", count(poses.points)],
  ["Observations", poses.observations == null ? null : count(poses.observations)],
  ["Mapper", poses.mapper],
  ["Matching", poses.matching],
  ...lensFacts(poses),
])}
${groupList(scene)}</section>`;
}

/** Photos named of each group; the rest are below, each with its group as the reason. */
const NAMED_PHOTOS = 4;

/** Which photos hang together, where not all of them do. */
function groupList({ poses, photos }: ReportScene): Markup | null {
  if (!poses || poses.groups.length < 2) return null;
  const files = new Map(photos?.photos.map((photo) => [photo.id, photo.file]));
  return html`<div class="advice"><h3>The photos fall into ${poses.groups.length} groups that share too little with each other</h3>
<ul>${poses.groups.map((group) => {
    const names = group.photos.slice(0, NAMED_PHOTOS).map((id) => html`<bdi>${files.get(id) ?? String(id)}</bdi> `);
    const more = group.photos.length > NAMED_PHOTOS ? "…" : null;
    return html`<li>${group.used ? "Used" : "Not used"}: ${plural(group.photos.length, "photo")} <span class="aside">${names}${more}</span></li>`;
  })}</ul>
<p class="note">If they show one thing, photos that see two groups at once join them. If not, run each group by itself.</p></div>`;
}

/** What the map says of each camera. */
function mapLabels(space: MapSpace, dropped: boolean | undefined): string {
  if (isNumbered(space)) return "The numbers are those of the photos below.";
  const named = dropped ? "The dropped ones carry the numbers of the photos below. " : "";
  return `${named}Point at a camera to read which photo it is.`;
}

function lensFacts({ cameras }: ReportPoses): Fact[] {
  return cameras.map(({ model, width, focalPx, priorFocalPx, photos }, index) => {
    const view = (2 * Math.atan(width / (2 * focalPx)) * 180) / Math.PI;
    const prior = priorFocalPx ? `, ${figure(priorFocalPx, 4)} px by its EXIF` : "";
    return [
      cameras.length > 1 ? `Lens ${index + 1}, ${plural(photos, "photo")}` : "Lens",
      `${model}, ${view.toFixed(0)}° wide, focal length ${figure(focalPx, 4)} px${prior}`,
    ];
  });
}

function gapList({ gaps }: ReportPoses): Markup | null {
  if (gaps.length === 0) return null;
  return html`<div class="advice"><h3>What to photograph next</h3><ul>${gaps.map(
    ({ advice, between, degrees }) =>
      html`<li>${advice} <span class="aside">${degrees.toFixed(0)}° between <bdi>${between[0]}</bdi> and <bdi>${between[1]}</bdi></span></li>`,
  )}</ul></div>`;
}

/** The depth maps that went into the surface. */
export function depthSection({ fuse }: ReportScene, pictures: readonly DepthPicture[]): Markup | null {
  if (!fuse) return null;
  const confirmed = new Map(fuse.views.map((view) => [view.photo, view.confirmed]));
  return html`<section><h2>Depth</h2>
<p>${plural(fuse.views.length, "depth map")} gave ${count(fuse.points)} points. ${pictures.length > 0 && `The pictures show what other photos confirmed${pictures.length < fuse.views.length ? `, for ${pictures.length} of the views` : ""}: one colour is one distance, gaps are what was thrown away.`}</p>
<ul class="depths">${pictures.map(
    ({ photo, address }) =>
      html`<li><img src="${address}" alt="Depth map of photo ${photo}"><span><span class="number">${photo}</span>${share(confirmed.get(photo) ?? 0)} confirmed</span></li>`,
  )}</ul></section>`;
}

/** Triangles, size and texture of the model. */
export function modelSection({ mesh, frame, scale, texture, photos }: ReportScene): Markup | null {
  if (!mesh) return null;
  const known = frame?.scaleSource != null;
  const size = mesh.sizeM.map((side) => (known ? metres(side) : figure(side)));
  const error = scale?.errorPercent != null && known ? `, ± ${figure(scale.errorPercent, 2)} %` : "";
  return html`<section><h2>Model</h2>
${facts([
  ["Triangles", count(mesh.triangles)],
  ["Vertices", count(mesh.vertices)],
  ["Levels of detail", mesh.lodTriangles.length ? mesh.lodTriangles.map(count).join(", ") : null],
  ["Surface", mesh.watertight ? "watertight" : `open, ${plural(mesh.openEdges, "open edge")}`],
  ["Parts", count(mesh.components)],
  ["Width × height × depth", `${size.join(" × ")}${known ? error : " (longest side = 1)"}`],
  ["Area", known ? `${figure(mesh.areaM2)} m²` : null],
  ["Up", frame && (frame.up === "ground" ? "square to the ground that was found" : "as the photos were held")],
  ["Texture", texture?.texturePx ? `${count(texture.texturePx)} px, ${plural(texture.charts, "chart")}` : null],
  ["Seen by a photo", texture && share(texture.seenShare)],
])}
${texture?.gains && exposureChart(texture.gains, new Map(photos?.photos.map((photo) => [photo.id, photo.file])))}</section>`;
}

const CHART = { width: 400, middle: 50, reach: 38 } as const;
/** Stops above which a bar is cut. */
const MAX_STOPS = 1;
/** Differences that nobody sees. */
const MIN_STOPS = 0.02;

/** By how much each photo was made lighter or darker, so that they meet without a seam. */
function exposureChart(gains: NonNullable<ReportTexture["gains"]>, files: ReadonlyMap<number, string>): Markup {
  const stops = gains
    .map(({ photo, red, green, blue }) => ({ id: photo, stops: Math.log2((red + green + blue) / 3) }))
    .sort((a, b) => a.id - b.id);
  const largest = Math.max(0, ...stops.map((photo) => Math.abs(photo.stops)));
  if (largest < MIN_STOPS) return html`<p class="note">The photos were exposed alike.</p>`;
  const scale = CHART.reach / Math.min(Math.max(largest, 0.1), MAX_STOPS);
  const step = CHART.width / Math.max(stops.length, 1);
  const bars = stops.map((photo, index) => {
    const height = Math.min(Math.abs(photo.stops) * scale, CHART.reach);
    const top = photo.stops > 0 ? CHART.middle - height : CHART.middle;
    const width = Math.min(Math.max(step - 2, 1), 24);
    return html`<rect class="bar" x="${((index + 0.5) * step - width / 2).toFixed(1)}" y="${top.toFixed(1)}" width="${width.toFixed(1)}" height="${Math.max(height, 0.5).toFixed(1)}"><title>${photo.id}: ${files.get(photo.id)}, ${signed(photo.stops)} stops</title></rect>`;
  });
  return html`<figure class="chart"><figcaption>Exposure evened out, by photo: up to ${figure(largest, 2)} stops</figcaption>
<svg viewBox="0 0 ${CHART.width} 100" role="img" aria-label="Exposure by photo">${bars}<path class="axis" d="M0 ${CHART.middle}H${CHART.width}"/>
<text x="0" y="10">lighter</text><text x="0" y="98">darker</text></svg></figure>`;
}

const signed = (value: number): string => `${value > 0 ? "+" : "−"}${Math.abs(value).toFixed(2)}`;

type Fact = readonly [string, string | null | undefined];

/** Names and values, those without a value left out. */
export function facts(rows: readonly Fact[]): Markup {
  return html`<dl class="facts">${rows.map(([name, value]) => value && html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
