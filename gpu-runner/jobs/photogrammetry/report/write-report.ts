/** report.html: what was found, and how far to trust it, in one file without scripts that needs nothing from elsewhere. */
import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import { cameraMap } from "./camera-map.ts";
import { count, figure, metres, plural } from "./figures.ts";
import { html, Markup } from "./html.ts";
import { mapSpace } from "./map-space.ts";
import { leftOutSection, photosSection } from "./photo-sections.ts";
import { depthPictures, photoThumbnails, previewPicture } from "./pictures.ts";
import type { ReportFacts } from "./report-facts.ts";
import { type ReportScene, readReportScene } from "./report-scene.ts";
import { runSection } from "./run-section.ts";
import { camerasSection, depthSection, modelSection } from "./scene-sections.ts";
import { MAP_STYLE, STYLE } from "./style.ts";
import { judge, type Verdict } from "./verdict.ts";

/** As the server sends it, for the file that somebody keeps. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** Writes the report on what the scene folder holds by now; a job that ended early has fewer sections. */
export async function writeReport(sceneDir: string, facts: ReportFacts, path: string): Promise<void> {
  const scene = await readReportScene(sceneDir);
  await writeFile(path, await reportPage(scene, facts));
}

/**
 * Draws the cameras from above as a picture, 800 × 600, for a job that ends with them. False when no camera is known, and
 * nothing is written.
 */
export async function writeCameraPicture(sceneDir: string, webpPath: string): Promise<boolean> {
  const scene = await readReportScene(sceneDir);
  const space = mapSpace(scene);
  if (!space) return false;
  const map = cameraMap(space, [], "above").text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ');
  const svg = map.replace(/>/, `><style>${MAP_STYLE}</style>`);
  const square = await sharp(Buffer.from(svg), { density: 108 }).resize(600, 600).png().toBuffer();
  await sharp({ create: { width: 800, height: 600, channels: 3, background: "#f2f2f5" } })
    .composite([{ input: square, gravity: "centre" }])
    .webp({ quality: 90 })
    .toFile(webpPath);
  return true;
}

async function reportPage(scene: ReportScene, facts: ReportFacts): Promise<string> {
  const [thumbnails, depths, preview] = await Promise.all([
    photoThumbnails(scene.directory, scene.photos?.photos ?? []),
    depthPictures(scene),
    facts.previewPath ? previewPicture(facts.previewPath) : null,
  ]);
  const verdict = judge(scene);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="color-scheme" content="light dark">
<title>Photogrammetry report: ${verdict.headline}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<main>
${opening(scene, verdict, preview)}
${warningList(facts.warnings, scene.unread)}
${checksSection(verdict)}
${leftOutSection(scene, thumbnails)}
${camerasSection(scene)}
${depthSection(scene, depths)}
${modelSection(scene)}
${photosSection(scene, thumbnails)}
${runSection(facts)}
</main>
</body>
</html>
`.text;
}

function opening(scene: ReportScene, { grade, headline, summary }: Verdict, preview: string | null): Markup {
  return html`<header class="verdict verdict-${grade}">
<div><p class="eyebrow">Photogrammetry report</p>
<h1>${headline}</h1>
<p class="summary">${summary}</p>
<dl class="strip">${keyFigures(scene).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></div>
${preview && html`<img class="preview" src="${preview}" alt="The model">`}
</header>`;
}

function keyFigures({ photos, poses, mesh, frame }: ReportScene): [string, string][] {
  const figures: [string, string][] = [];
  if (photos) figures.push(["Photos", count(photos.photos.length + photos.skipped.length)]);
  if (poses) figures.push(["In the result", count(poses.views.filter(({ kept }) => kept).length)]);
  else if (photos) figures.push(["Usable", count(photos.photos.filter(({ use }) => use).length)]);
  if (poses) figures.push(["Points off by", `${figure(poses.reprojectionErrorPx, 2)} px`]);
  if (mesh) figures.push(["Triangles", count(mesh.triangles)]);
  if (mesh && frame?.scaleSource) figures.push(["Longest side", metres(Math.max(...mesh.sizeM))]);
  return figures;
}

function warningList(warnings: readonly string[], unread: readonly string[]): Markup | null {
  const lines = [...warnings, ...unread.map((name) => `${name} could not be read: what it says is missing here.`)];
  if (lines.length === 0) return null;
  return html`<section class="warnings"><h2>${plural(lines.length, "thing")} to know</h2>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`;
}

function checksSection({ checks }: Verdict): Markup | null {
  if (checks.length === 0) return null;
  return html`<section><h2>What this rests on</h2>
<ul class="checks">${checks.map(
    ({ title, found, grade, meaning }) => html`<li class="check-${grade ?? "none"}">
<p class="grade">${grade ?? "–"}</p><div><h3>${title}: <strong>${found}</strong></h3><p>${meaning}</p></div></li>`,
  )}</ul></section>`;
}
