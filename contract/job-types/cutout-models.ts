/**
 * Models that find the subject of a picture, by the names rembg gives them. Where a model's weights are and which
 * checksum they have is rembg's to know; what may be done with them is for users to see.
 *
 * Those of rembg 2.0.86 that find one subject and run on the runner itself: not its services on the network, not `sam`
 * (wants points), not `u2net_cloth_seg` (several masks). Licences as the model's own publishers state them:
 * U-2-Net https://github.com/xuebinqin/U-2-Net (Apache-2.0), silueta (U-2-Net made small, its issue 295),
 * DIS https://github.com/xuebinqin/DIS (Apache-2.0), anime segmentation https://github.com/SkyTNT/anime-segmentation
 * (Apache-2.0), BiRefNet https://github.com/ZhengPeng7/BiRefNet (MIT), RMBG https://huggingface.co/briaai/RMBG-2.0
 * (CC BY-NC 4.0; commercial use by agreement with its maker).
 */
export interface CutoutModel {
  readonly name: string;
  readonly title: string;
  /** SPDX name. */
  readonly licence: string;
  /** Whether results may be used commercially. Where not, a runner offers the model only when its settings allow it. */
  readonly commercial: boolean;
}

export const CUTOUT_MODELS: readonly CutoutModel[] = [
  { name: "u2netp", title: "U²-Net small, built in", licence: "Apache-2.0", commercial: true },
  { name: "u2net", title: "U²-Net, general", licence: "Apache-2.0", commercial: true },
  { name: "u2net_human_seg", title: "U²-Net, people", licence: "Apache-2.0", commercial: true },
  { name: "silueta", title: "Silueta, U²-Net made small", licence: "Apache-2.0", commercial: true },
  { name: "isnet-general-use", title: "IS-Net, general", licence: "Apache-2.0", commercial: true },
  { name: "isnet-anime", title: "IS-Net, drawn characters", licence: "Apache-2.0", commercial: true },
  { name: "birefnet-general", title: "BiRefNet, finest edges, slow", licence: "MIT", commercial: true },
  { name: "birefnet-general-lite", title: "BiRefNet light", licence: "MIT", commercial: true },
  { name: "birefnet-portrait", title: "BiRefNet, portraits", licence: "MIT", commercial: true },
  { name: "birefnet-massive", title: "BiRefNet, trained on most pictures", licence: "MIT", commercial: true },
  { name: "birefnet-hrsod", title: "BiRefNet, high resolution", licence: "MIT", commercial: true },
  { name: "birefnet-dis", title: "BiRefNet, fine structures", licence: "MIT", commercial: true },
  { name: "birefnet-cod", title: "BiRefNet, camouflaged subjects", licence: "MIT", commercial: true },
  { name: "bria-rmbg", title: "BRIA RMBG 2.0", licence: "CC-BY-NC-4.0", commercial: false },
];

/** The model of that name, or undefined. */
export function findModel(name: string): CutoutModel | undefined {
  return CUTOUT_MODELS.find((model) => model.name === name);
}
