/**
 * How far to trust a result, as checks with thresholds that a reader can follow. A low reprojection error is not proof of right
 * cameras, and neither is that all photos were placed, so several independent figures count, and the worst of them decides.
 */
import { figure, mean, plural, share } from "./figures.ts";
import type { ReportScene } from "./report-scene.ts";

export type Grade = "good" | "fair" | "poor";

export interface Check {
  readonly title: string;
  readonly found: string;
  /** Null: nothing was asked for, so nothing can be wrong. */
  readonly grade: Grade | null;
  /** What is asked for, and why it says something. */
  readonly meaning: string;
  /** Whether a poor grade makes the whole result poor: wrong cameras spoil everything after them. */
  readonly core: boolean;
  /** What helps when the grade is not good, a sentence. */
  readonly remedy?: string;
}

export interface Verdict {
  readonly grade: Grade;
  readonly headline: string;
  readonly summary: string;
  readonly checks: readonly Check[];
}

/** The best value that is still fair, and the best that is still good; higher or lower is better by their order. */
interface Thresholds {
  readonly good: number;
  readonly fair: number;
}

const PLACED: Thresholds = { good: 0.95, fair: 0.75 };
/** Sets of the bench: 24 and 48 photos, all right, had 3.8 and more; 12 photos with wrong cameras had 2.5. */
const TRACK_LENGTH: Thresholds = { good: 3.5, fair: 3 };
const REPROJECTION_PX: Thresholds = { good: 0.7, fair: 1.2 };
/** Of the distance to the subject. */
const AGREEMENT_PERCENT: Thresholds = { good: 0.5, fair: 2 };
const GAP_DEG: Thresholds = { good: 20, fair: 30 };
const CONFIRMED: Thresholds = { good: 0.55, fair: 0.3 };
const UNCONFIRMED =
  "Shiny, transparent or plain surfaces come out rough or not at all: dull them with a matting spray or powder, stick something with a pattern on them, or take the photos in soft light from all sides.";
const SEEN: Thresholds = { good: 0.97, fair: 0.9 };
const SCALE_PERCENT: Thresholds = { good: 1, fair: 5 };

function gradeOf(value: number, { good, fair }: Thresholds): Grade {
  const sign = good > fair ? 1 : -1;
  if (sign * value >= sign * good) return "good";
  return sign * value >= sign * fair ? "fair" : "poor";
}

/** All checks that the scene has figures for, and what follows from them. */
export function judge(scene: ReportScene): Verdict {
  const checks = [...photoChecks(scene), ...cameraChecks(scene), ...modelChecks(scene)];
  const grade = worstOf(checks);
  return { grade, ...words(scene, grade, checks), checks };
}

/** Nothing that was checked is nothing to trust. */
function worstOf(checks: readonly Check[]): Grade {
  if (checks.length === 0 || checks.some((check) => check.grade === "poor" && check.core)) return "poor";
  return checks.some((check) => isWeak(check)) ? "fair" : "good";
}

const isWeak = ({ grade }: Check): boolean => grade === "fair" || grade === "poor";

function photoChecks({ photos, poses }: ReportScene): Check[] {
  // Once cameras are known, they say more than the look at the photos.
  if (!photos || poses) return [];
  const all = photos.photos.length + photos.skipped.length;
  const used = photos.photos.filter(({ use }) => use).length;
  return [
    {
      title: "Photos that can be used",
      found: `${used} of ${all}`,
      grade: used < 3 ? "poor" : gradeOf(used / all, PLACED),
      meaning: "95 % are wanted. Three are needed at the very least, 20 or more make a model.",
      core: true,
    },
  ];
}

function cameraChecks({ photos, poses }: ReportScene): Check[] {
  if (!poses) return [];
  const used = photos?.photos.filter(({ use }) => use).length ?? poses.views.length;
  const kept = poses.views.filter((view) => view.kept);
  const checks: Check[] = [
    {
      title: "Photos with a camera that is believed",
      found: `${kept.length} of ${used}`,
      grade: gradeOf(kept.length / Math.max(used, 1), PLACED),
      meaning: "95 % are wanted. Where photos are missing, the model is less sure or has a hole.",
      core: true,
    },
    {
      title: "Photos that see the same point",
      found: `${figure(poses.meanTrackLength, 2)} on average`,
      grade: gradeOf(poses.meanTrackLength, TRACK_LENGTH),
      meaning:
        "3.5 are wanted. Two photos always agree on a point; only a third one can contradict them. Below 3, cameras can be wrong without a sign of it.",
      core: true,
    },
    {
      title: "Points miss their place in the photos by",
      found: `${figure(poses.reprojectionErrorPx, 2)} px`,
      grade: gradeOf(poses.reprojectionErrorPx, REPROJECTION_PX),
      meaning: "0.7 px or less is wanted. By itself it proves little: wrong cameras can fit as well as right ones.",
      core: true,
    },
  ];
  const agreements = kept.flatMap(({ agreement }) => (agreement ? [agreement.centerPercent] : []));
  if (agreements.length > 0) checks.push(agreementCheck(agreements, kept.length));
  return [...checks, gapCheck(poses.gaps)];
}

function agreementCheck(agreements: readonly number[], kept: number): Check {
  const worst = Math.max(...agreements);
  const doubted = kept - agreements.length;
  return {
    title: "Two ways to find the cameras differ by",
    found: `up to ${figure(worst, 2)} % of the distance${doubted ? `; ${plural(doubted, "camera")} by one way only` : ""}`,
    grade: gradeOf(worst, AGREEMENT_PERCENT),
    meaning:
      "0.5 % or less is wanted. Cameras are found twice, with methods that fail differently. What both agree on is most likely right.",
    core: true,
  };
}

function gapCheck(gaps: readonly { readonly degrees: number }[]): Check {
  const widest = Math.max(0, ...gaps.map(({ degrees }) => degrees));
  return {
    title: "Widest step between photos",
    found: gaps.length ? `${widest.toFixed(0)}°` : "no gap",
    grade: gradeOf(widest, GAP_DEG),
    meaning: "15° is best and 20° will do. Beyond 30° the same spot looks too different to be found again.",
    core: false,
  };
}

function modelChecks({ fuse, texture, scale, frame, mesh }: ReportScene): Check[] {
  const checks: Check[] = [];
  if (fuse && fuse.views.length > 0) {
    const confirmed = mean(fuse.views.map((view) => view.confirmed));
    checks.push({
      title: "Depths that other photos confirm",
      found: share(confirmed),
      grade: gradeOf(confirmed, CONFIRMED),
      meaning:
        "55 % of what the photos show is wanted. Sky, shine, glass and plain walls have no depth that could be confirmed.",
      core: false,
      remedy: UNCONFIRMED,
    });
  }
  if (texture)
    checks.push({
      title: "Surface that a photo saw",
      found: share(texture.seenShare),
      grade: gradeOf(texture.seenShare, SEEN),
      meaning: "97 % is wanted. The rest is guessed: closed holes, undersides, what stood in the shadow of something.",
      core: false,
    });
  if (mesh && frame) checks.push(scaleCheck(frame.scaleSource, scale?.errorPercent ?? null));
  return checks;
}

const SCALE_WORDS: Readonly<Record<string, string>> = {
  size: "from the longest side you gave",
  marker: "from the printed marker",
  gps: "from the photos' GPS",
};

function scaleCheck(source: string | null, errorPercent: number | null): Check {
  const known = source !== null;
  const error = errorPercent === null ? "" : `, ± ${figure(errorPercent, 2)} %`;
  return {
    title: "Real size",
    found: known ? `${SCALE_WORDS[source] ?? source}${error}` : "not known",
    grade: errorPercent === null ? (known ? "good" : null) : gradeOf(errorPercent, SCALE_PERCENT),
    meaning: known
      ? "1 % or less is wanted. The shape does not depend on it."
      : "Photos alone don't tell it: the longest side was made 1 m. Proportions are right all the same.",
    core: false,
  };
}

function words(scene: ReportScene, grade: Grade, checks: readonly Check[]): Pick<Verdict, "headline" | "summary"> {
  const weak = checks.filter(isWeak).map(({ title, found }) => `${lower(title)}: ${found}`);
  const remedies = checks.flatMap((check) => (isWeak(check) && check.remedy ? [check.remedy] : []));
  const reasons = [...(weak.length ? [`Not as it should be: ${weak.join("; ")}.`] : []), ...remedies].join(" ");
  if (scene.mesh)
    return {
      good: {
        headline: "This model can be trusted",
        summary: "Cameras, depths and surface were checked against each other, and every check came out as wanted.",
      },
      fair: {
        headline: "Usable, with reservations",
        summary: `${reasons} Look at what is concerned before you rely on it.`,
      },
      poor: {
        headline: "Don't rely on this model",
        summary: `${reasons} It may look right and still be wrong in shape. The advice below says what to photograph next.`,
      },
    }[grade];
  if (scene.poses)
    return {
      good: {
        headline: "These cameras can be trusted",
        summary:
          "Two methods agree on where the photos were taken, and enough photos share what they see. A model can follow.",
      },
      fair: { headline: "Cameras usable, with reservations", summary: `${reasons} A model can follow, weaker there.` },
      poor: { headline: "Don't rely on these cameras", summary: `${reasons} Add photos before you make a model.` },
    }[grade];
  if (!scene.photos) return { headline: "There is nothing to judge", summary: "No photo was read." };
  return {
    good: {
      headline: "These photos are good enough",
      summary: "Whether they overlap enough shows only when cameras are placed.",
    },
    fair: {
      headline: "Most photos are good enough",
      summary:
        "The ones left out are below, each with its reason. Whether the rest overlap enough shows when cameras are placed.",
    },
    poor: { headline: "Too few photos can be used", summary: "Each photo that was left out has its reason below." },
  }[grade];
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
