/** The stage of cut-outs: one under the slider, or a gallery of many whose pictures open under it. */
import { useState } from "react";
import { useArtifacts } from "../../api/artifacts.ts";
import { Icon } from "../../components/icon.tsx";
import { CompareView } from "../compare/compare-view.tsx";
import { GroundPicker } from "../compare/ground-picker.tsx";
import type { DraftInput } from "../compose/draft.ts";
import { beforeUrl } from "./before-url.ts";
import { type CutoutPair, cutoutPairs, readCutoutReport } from "./picture-report.ts";
import type { ShownJob } from "./shown-job.ts";

interface CutoutStageProps {
  readonly job: ShownJob;
  readonly title: string;
  /** The job's input, when there is one and this visit has it. */
  readonly input: DraftInput | null;
}

export function CutoutStage({ job, title, input }: CutoutStageProps) {
  const artifacts = useArtifacts();
  const [open, setOpen] = useState<number | null>(null);
  const [ground, setGround] = useState<string | null>(null);
  if (!job.manifest) return null;
  const pairs = cutoutPairs(job.manifest);
  const [only] = pairs;
  const single = pairs.length === 1;
  const shown = single ? only : pairs.find(({ number }) => number === open);
  if (shown) {
    return (
      <div className="stage stage-viewer">
        <Pair
          key={shown.number}
          pair={shown}
          title={shown.filename ?? title}
          input={single ? input : null}
          ground={ground}
          onGround={setGround}
        />
        {single ? null : <Turner pairs={pairs} number={shown.number} onOpen={setOpen} />}
      </div>
    );
  }
  if (pairs.length > 1) {
    const count = readCutoutReport(job.manifest).count ?? pairs.length;
    return (
      <div className="stage stage-viewer">
        <Gallery pairs={pairs} count={count} ground={ground} onGround={setGround} onOpen={setOpen} />
      </div>
    );
  }
  return (
    <div className="stage stage-lit">
      <img className="stage-picture" src={artifacts.url("preview.webp")} alt={`The cut-out of ${title}`} />
    </div>
  );
}

interface PairProps {
  readonly pair: CutoutPair;
  readonly title: string;
  readonly input: DraftInput | null;
  readonly ground: string | null;
  readonly onGround: (ground: string | null) => void;
}

function Pair({ pair, title, input, ground, onGround }: PairProps) {
  const artifacts = useArtifacts();
  const [broken, setBroken] = useState(false);
  return (
    <>
      <CompareView
        before={{
          src: beforeUrl(artifacts, broken ? null : input, pair.before),
          label: "Original",
          alt: `${title} as it came`,
          onBroken: () => setBroken(true),
        }}
        after={{
          src: artifacts.url(pair.after),
          label: pair.after === "mask.png" ? "Mask" : "Cut-out",
          alt: `${title} without its background`,
        }}
        ground={ground}
      >
        <GroundPicker value={ground} onChange={onGround} />
      </CompareView>
      {pair.warnings.length > 0 ? (
        <p className="pair-warning">
          <Icon name="alert" />
          {pair.warnings.join(" ")}
        </p>
      ) : null}
    </>
  );
}

interface TurnerProps {
  readonly pairs: readonly CutoutPair[];
  readonly number: number;
  readonly onOpen: (number: number | null) => void;
}

/** Back to the gallery, and to the pictures before and after this one. */
function Turner({ pairs, number, onOpen }: TurnerProps) {
  const at = pairs.findIndex((pair) => pair.number === number);
  const to = (step: number) => onOpen(pairs[(at + step + pairs.length) % pairs.length]?.number ?? null);
  return (
    <div className="turner">
      <button type="button" className="button-quiet" onClick={() => onOpen(null)}>
        <Icon name="left" />
        All
      </button>
      <span className="turner-name">{pairs[at]?.filename}</span>
      <button type="button" className="button-icon" aria-label="Previous picture" onClick={() => to(-1)}>
        <Icon name="left" />
      </button>
      <button type="button" className="button-icon" aria-label="Next picture" onClick={() => to(1)}>
        <Icon name="chevron" />
      </button>
    </div>
  );
}

interface GalleryProps {
  readonly pairs: readonly CutoutPair[];
  /** Of all pictures of the job. */
  readonly count: number;
  readonly ground: string | null;
  readonly onGround: (ground: string | null) => void;
  readonly onOpen: (number: number) => void;
}

function Gallery({ pairs, count, ground, onGround, onOpen }: GalleryProps) {
  const { url } = useArtifacts();
  return (
    <div className="viewer">
      <ul className="gallery" aria-label="Cut-outs">
        {pairs.map(({ number, after, filename, warnings }) => (
          <li key={number}>
            <button
              type="button"
              onClick={() => onOpen(number)}
              aria-label={`Compare ${filename ?? `picture ${number}`}${warnings.length > 0 ? ", with a warning" : ""}`}
              title={[filename, ...warnings].join("\n")}
            >
              <span
                className="gallery-picture"
                data-plain={ground !== null || undefined}
                style={ground === null ? undefined : { background: ground }}
              >
                <img src={url(after)} alt="" loading="lazy" />
              </span>
              <span className="gallery-name">
                {warnings.length > 0 ? <Icon name="alert" /> : null}
                <span>{filename ?? `Picture ${number}`}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <div className="viewer-bar">
        <GroundPicker value={ground} onChange={onGround} />
        <span className="quiet">
          {count > pairs.length ? `The first ${pairs.length} of ${count}` : `${count} pictures`}
        </span>
        <span className="bar-gap" />
        <a className="button-quiet" href={url("preview.webp")} target="_blank" rel="noreferrer">
          Contact sheet
        </a>
      </div>
    </div>
  );
}
