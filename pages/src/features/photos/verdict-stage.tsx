/** The stage of photos that were looked at: all of them in small, which are used, and what is said about the one pointed at. */
import { type ReactNode, useId, useMemo, useState } from "react";
import type { Failure } from "../../api/failure.ts";
import { Notice } from "../../components/notice.tsx";
import { Segmented } from "../../components/segmented.tsx";
import { PhotoGrid } from "./photo-grid.tsx";
import { isDoubtful, type Photo, type PhotoSet, verdictText } from "./photo-set.ts";
import type { Sheet } from "./use-photo-set.ts";
import { VerdictMark } from "./verdict-mark.tsx";

export const FILTERS = ["all", "doubtful", "out"] as const;
export type Filter = (typeof FILTERS)[number];

/** What is shown, or said where there is nothing to show. */
const EMPTY: Readonly<Record<Filter, string>> = {
  all: "There are no photos here.",
  doubtful: "No photo is doubtful.",
  out: "No photo is left out.",
};

interface VerdictStageProps {
  readonly set: PhotoSet | null;
  readonly sheet: Sheet | null;
  readonly failure: Failure | null;
  readonly onAgain: () => void;
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly isUsed: (photo: Photo) => boolean;
  readonly onUse: (photos: readonly Photo[], use: boolean) => void;
  /** Opens the report on the photos, where there is one. */
  readonly report: ReactNode;
}

export function VerdictStage(props: VerdictStageProps) {
  const { set, failure, onAgain } = props;
  if (failure) {
    return (
      <div className="stage">
        <div className="stage-notice">
          <Notice
            tone="error"
            title={failure.title}
            actions={
              <button type="button" onClick={onAgain}>
                Try again
              </button>
            }
          >
            {failure.message}
          </Notice>
        </div>
      </div>
    );
  }
  return (
    <div className="stage stage-viewer" aria-busy={set === null}>
      {set ? (
        <Verdicts {...props} set={set} />
      ) : (
        <p className="model-wait" data-shown>
          Fetching the verdicts…
        </p>
      )}
    </div>
  );
}

function Verdicts({
  set,
  sheet,
  filter,
  onFilter,
  isUsed,
  onUse,
  report,
}: VerdictStageProps & { readonly set: PhotoSet }) {
  const [pointed, setPointed] = useState<Photo | null>(null);
  const label = useId();
  const { photos } = set;
  const fits = (photo: Photo, one: Filter): boolean =>
    one === "all" || (one === "doubtful" ? isDoubtful(photo) : !isUsed(photo));
  // What is shown changes with the filter, not with every tick: a photo must not vanish from under the pointer.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above.
  const shown = useMemo(() => photos.filter((photo) => fits(photo, filter)), [photos, filter]);
  const count = (one: Filter): number => photos.filter((photo) => fits(photo, one)).length;
  return (
    <div className="viewer">
      {shown.length > 0 ? (
        <PhotoGrid
          photos={shown}
          sheet={sheet}
          isUsed={isUsed}
          onUse={(photo, use) => onUse([photo], use)}
          onPoint={setPointed}
        />
      ) : (
        <p className="photos-none quiet">{EMPTY[filter]}</p>
      )}
      <p className="photo-said" aria-hidden="true">
        {pointed ? (
          <>
            <VerdictMark verdict={pointed.verdict} />
            <span>
              <b>{pointed.file}</b> {verdictText(pointed)}
            </span>
          </>
        ) : (
          <span className="quiet">
            <span className="only-pointer">
              Point at a photo to read what was found, click to leave it out or use it.
            </span>
            <span className="only-touch">Touch a photo to leave it out or use it.</span>
          </span>
        )}
      </p>
      <div className="viewer-bar">
        <span className="visually-hidden" id={label}>
          Show
        </span>
        <Segmented
          choices={[
            { value: "all", label: `All ${photos.length}` },
            { value: "doubtful", label: `Only doubtful ${count("doubtful")}` },
            { value: "out", label: `Left out ${count("out")}` },
          ]}
          value={filter}
          onChange={(value) => onFilter(value as Filter)}
          labelledBy={label}
        />
        <span className="bar-gap" />
        {filter !== "all" && shown.length > 1 ? (
          <>
            <button type="button" className="button-quiet" onClick={() => onUse(shown, true)}>
              Use all
            </button>
            <button type="button" className="button-quiet" onClick={() => onUse(shown, false)}>
              Leave out all
            </button>
          </>
        ) : null}
        {report}
      </div>
    </div>
  );
}
