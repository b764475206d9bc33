/**
 * Chooses the settings of a trace. A preset is taken as it is. `auto` makes a reference with the settings that its kind of
 * picture is known to do well with, which sets the fidelity unless the user asks for one, then tries cheaper ways and keeps
 * the smallest SVG that is as faithful. A largest size lowers the detail until it fits.
 */
import type { SvgPreset } from "#contract/job-types/image-to-svg.ts";
import type { PictureFacts } from "./analyse-picture.ts";
import { isTranslucent } from "./flatten-logo.ts";
import type { Candidate, PictureTracer } from "./picture-tracer.ts";
import {
  DEFAULT_DETAIL,
  lambdaOf,
  presetSettings,
  type TraceParams,
  type TraceSettings,
  withParams,
} from "./trace-settings.ts";

export type FixedPreset = Exclude<SvgPreset, "auto">;

export interface Choice {
  readonly preset: FixedPreset;
  readonly chosen: Candidate;
  /** The SSIM that was to be reached; null when a preset was asked for. */
  readonly fidelity: number | null;
}

/** Share of the distance to 1 that cheaper settings may lose of the reference's SSIM, and of its ΔE that they may add. */
const SSIM_SLACK = 0.1;
const DELTA_E_SLACK = 0.1;
const FEWER_COLORS = 128;
const PHOTO_PATHS = 600;
/** A detail below what users can ask for, for the smallest sizes. */
const COARSEST = -40;
const MAX_SPECKLE_PX = 16;
/** What tells kinds of pictures apart; see `PictureFacts`. Seen on photos of scikit-image and drawn logos. */
const CALM = 0.8;
const FLAT = 0.995;
const TWO_TONE = 0.9;
const GREY = 12;
/** A fidelity asked for is looked for in so many halvings of the range of detail. */
const HALVINGS = 6;

/** Makes candidates until one is chosen. `onTry` hears of each. */
export async function chooseTrace(
  tracer: PictureTracer,
  facts: PictureFacts,
  preset: SvgPreset,
  params: TraceParams,
  onTry: (candidate: Candidate) => void,
): Promise<Choice> {
  const make = async (settings: TraceSettings) => {
    const candidate = await tracer.trace(withParams(settings, params));
    onTry(candidate);
    return candidate;
  };
  const sidePx = Math.max(tracer.pixels.width, tracer.pixels.height);
  const detail = params.detail ?? DEFAULT_DETAIL;
  if (preset !== "auto") {
    const chosen = await make(presetSettings(preset, detail, sidePx));
    return { preset, chosen: await fitted(chosen, preset), fidelity: null };
  }
  const kinds = likelyKinds(tracer, facts);
  const references: [FixedPreset, Candidate][] = [];
  for (const kind of kinds) references.push([kind, await make(startSettings(kind, detail, sidePx))]);
  const [kind, reference] = references.reduce((a, b) => (score(b[1]) > score(a[1]) ? b : a));
  const floor = params.fidelity ?? reference.ssim - SSIM_SLACK * (1 - reference.ssim);
  const ceiling =
    params.fidelity === undefined ? reference.deltaE * (1 + DELTA_E_SLACK) + 0.1 : Number.POSITIVE_INFINITY;
  const isFaithful = (candidate: Candidate) => candidate.ssim >= floor && candidate.deltaE <= ceiling;
  const candidates = references.map(([, candidate]) => candidate);
  if (params.fidelity === undefined) {
    for (const settings of cheaper(kind, reference)) candidates.push(await make(settings));
  } else {
    candidates.push(...(await searchDetail(kind)));
  }
  const faithful = candidates.filter(isFaithful);
  const chosen =
    faithful.length > 0
      ? faithful.reduce((a, b) => (b.bytes < a.bytes ? b : a))
      : candidates.reduce((a, b) => (b.ssim > a.ssim ? b : a));
  return { preset: kind, chosen: await fitted(chosen, kind), fidelity: floor };

  /** Candidates on the way to the least detail that reaches the fidelity asked for. */
  async function searchDetail(kind: FixedPreset): Promise<Candidate[]> {
    const found: Candidate[] = [];
    let [low, high] = [0, 100];
    for (let step = 0; step < HALVINGS; step++) {
      const middle = (low + high) / 2;
      const candidate = await make(startSettings(kind, middle, sidePx));
      found.push(candidate);
      if (candidate.ssim >= floor) high = middle;
      else low = middle;
    }
    if (high === 100) found.push(await make(startSettings(kind, 100, sidePx)));
    return found;
  }

  /** Less detail until the size fits; the smallest there is when nothing does. */
  async function fitted(candidate: Candidate, kind: FixedPreset): Promise<Candidate> {
    const { maxBytes } = params;
    if (maxBytes === undefined || candidate.bytes <= maxBytes) return candidate;
    let best: Candidate | null = null;
    let smallest = candidate;
    let [low, high] = [COARSEST, detail];
    for (let step = 0; step < HALVINGS; step++) {
      // The coarsest first: whether it can be done at all.
      const middle = step === 0 ? COARSEST : (low + high) / 2;
      const next = await make(coarser(presetSettings(kind, middle, sidePx), middle));
      if (next.bytes < smallest.bytes) smallest = next;
      if (next.bytes > maxBytes) {
        if (step === 0) return smallest;
        high = middle;
      } else {
        if (!best || next.ssim > best.ssim) best = next;
        low = middle;
      }
    }
    return best ?? smallest;
  }
}

/** Under a size limit colours and tolerance go down with the detail too. */
function coarser(settings: TraceSettings, detail: number): TraceSettings {
  if (settings.method === "pixels")
    return { ...settings, colors: Math.max(2, Math.round(2 ** (1 + Math.max(0, detail) / 7))) };
  const less = (DEFAULT_DETAIL - Math.min(detail, DEFAULT_DETAIL)) / DEFAULT_DETAIL;
  return {
    ...settings,
    colors: Math.max(2, Math.round(settings.colors * 2 ** (-4 * less))),
    tolerancePx: settings.tolerancePx * (1 + less),
    specklePx: Math.min(MAX_SPECKLE_PX, Math.max(settings.specklePx, 6 * less)),
    unitsPerPx: less > 0.3 ? 1 : settings.unitsPerPx,
  };
}

/** What SSIM misses, colour, counts a little. */
function score({ ssim, deltaE }: Candidate): number {
  return ssim - deltaE / 100;
}

/** What `auto` begins with. A drawing with gradients is a poster of many colours. */
function startSettings(kind: FixedPreset, detail: number, sidePx: number): TraceSettings {
  const settings = presetSettings(kind, detail, sidePx);
  if (kind !== "poster") return settings;
  return {
    ...settings,
    scale: 1,
    lambda: lambdaOf(detail),
    colors: 256,
    tolerancePx: 0.5,
    specklePx: 2,
    unitsPerPx: 2,
  };
}

function likelyKinds(tracer: PictureTracer, facts: PictureFacts): FixedPreset[] {
  if (isTranslucent(tracer.opacity)) return [facts.calmShare < CALM ? "photo" : "poster"];
  if (facts.palette.length === 0) return ["photo"];
  if (facts.calmShare < CALM) return facts.twoToneShare > TWO_TONE ? ["line-art", "photo"] : ["photo"];
  const isFlat = facts.flatShare > FLAT;
  if (isFlat && facts.twoToneShare > TWO_TONE && facts.colorfulness < GREY) return ["line-art"];
  return isFlat ? ["logo"] : ["logo", "poster"];
}

/** Settings that may reach nearly the same with fewer bytes. */
function cheaper(kind: FixedPreset, { settings, colors, paths }: Candidate): TraceSettings[] {
  const fewer = colors > FEWER_COLORS ? [{ ...settings, colors: FEWER_COLORS }] : [];
  const { tolerancePx } = settings;
  switch (kind) {
    case "photo":
      return [...fewer, { ...settings, lambda: settings.lambda * 1.3 }];
    case "logo":
    case "line-art":
    case "poster":
      return [
        { ...settings, tolerancePx: tolerancePx * 1.3 },
        { ...settings, tolerancePx: tolerancePx * 1.7 },
        ...fewer.map((few) => ({ ...few, tolerancePx: tolerancePx * 1.3 })),
        // So many shapes are a calm photo rather than a drawing, whose curves would be worth their bytes.
        ...(paths > PHOTO_PATHS ? [presetSettings("photo", DEFAULT_DETAIL, 0)] : []),
      ];
    case "pixel-art":
      return [];
  }
}
