/**
 * Models that find the subject of a picture, by the names rembg gives them. Where a model's weights are and which
 * checksum they have is rembg's to know; what may be done with them is for users to see.
 *
 * Licences as the model's own publishers state them: U-2-Net https://github.com/xuebinqin/U-2-Net (Apache-2.0),
 * DIS https://github.com/xuebinqin/DIS (Apache-2.0), silueta (derived from U-2-Net), anime segmentation
 * https://github.com/SkyTNT/anime-segmentation (Apache-2.0), BiRefNet https://github.com/ZhengPeng7/BiRefNet (MIT),
 * RMBG https://huggingface.co/briaai/RMBG-2.0 (CC BY-NC 4.0), BEN2 https://github.com/PramaLLC/BEN2 (MIT).
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
  { name: "ben2-base", title: "BEN2", licence: "MIT", commercial: true },
  { name: "bria-rmbg", title: "BRIA RMBG 2.0", licence: "CC-BY-NC-4.0", commercial: false },
];

/** The model of that name, or undefined. */
export function findModel(name: string): CutoutModel | undefined {
  return CUTOUT_MODELS.find((model) => model.name === name);
}
