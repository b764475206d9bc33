/** The report's pictures, made small and put into the page as data: addresses. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { ReportPhoto, ReportScene } from "./report-scene.ts";

const THUMBNAIL = { width: 144, height: 108 } as const;
const THUMBNAIL_QUALITY = 62;
const DEPTH_PX = 220;
const DEPTH_QUALITY = 60;
const PREVIEW_PX = 800;
/** Depth maps shown at most; of more views, evenly chosen ones. */
export const MAX_DEPTH_MAPS = 48;

const dataAddress = (webp: Buffer): string => `data:image/webp;base64,${webp.toString("base64")}`;

/** Small pictures of the photos by their ids, cut from `photos.webp`. Photos without one, and damaged ones, are left out. */
export async function photoThumbnails(
  directory: string,
  photos: readonly ReportPhoto[],
): Promise<ReadonlyMap<number, string>> {
  const sheet = await decode(join(directory, "photos.webp"));
  const thumbnails = new Map<number, string>();
  if (!sheet) return thumbnails;
  const { data, info } = sheet;
  for (const { id, thumbnail } of photos) {
    if (!thumbnail) continue;
    const area = { left: thumbnail.x, top: thumbnail.y, width: thumbnail.width, height: thumbnail.height };
    if (area.left + area.width > info.width || area.top + area.height > info.height) continue;
    const webp = await sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
      .extract(area)
      .resize({ ...THUMBNAIL, fit: "inside", withoutEnlargement: true })
      .webp({ quality: THUMBNAIL_QUALITY })
      .toBuffer();
    thumbnails.set(id, dataAddress(webp));
  }
  return thumbnails;
}

async function decode(path: string) {
  try {
    return await sharp(path).removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  } catch {
    return null;
  }
}

/** A depth map as a picture. */
export interface DepthPicture {
  readonly photo: number;
  readonly address: string;
}

/** Pictures of the depth maps of at most MAX_DEPTH_MAPS views. */
export async function depthPictures({ directory, fuse }: ReportScene): Promise<readonly DepthPicture[]> {
  const views = fuse?.views ?? [];
  const step = Math.max(views.length / MAX_DEPTH_MAPS, 1);
  const pictures: DepthPicture[] = [];
  for (let at = 0; at < views.length; at += step) {
    const photo = views[Math.floor(at)]?.photo ?? 0;
    const path = join(directory, "fused", `${String(photo).padStart(6, "0")}.jpg`);
    const address = await shrink(path, DEPTH_PX, DEPTH_QUALITY);
    if (address) pictures.push({ photo, address });
  }
  return pictures;
}

/** The preview of the model, or null when there is none. */
export const previewPicture = (path: string): Promise<string | null> => shrink(path, PREVIEW_PX, 80);

async function shrink(path: string, width: number, quality: number): Promise<string | null> {
  try {
    const picture = sharp(await readFile(path)).resize({ width, withoutEnlargement: true });
    return dataAddress(await picture.webp({ quality }).toBuffer());
  } catch {
    return null;
  }
}
