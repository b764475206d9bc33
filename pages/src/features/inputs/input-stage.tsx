/** The stage while files are chosen: the drop zone inside the kiln's arch, then the file, or all of them in small. */
import { useRef, useState } from "react";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { useDropTarget, useStrayFiles } from "../../components/drop-target.ts";
import { DropZone, FilePicker } from "../../components/drop-zone.tsx";
import { byName } from "../../components/dropped-files.ts";
import { Icon } from "../../components/icon.tsx";
import { usePastedText } from "../../components/pasted-text.ts";
import { useFocusBack } from "../../components/use-focus-back.ts";
import { formatBytes } from "../../formatting.ts";
import type { Kind } from "../../kinds.ts";
import type { DraftInput } from "../compose/draft.ts";
import { isOnePerJob, MAX_BATCH_FILES } from "../compose/one-per-job.ts";
import { join, refusalText, takeFiles } from "../compose/take-files.ts";
import { InputList } from "./input-list.tsx";
import { InputView } from "./input-view.tsx";
import { Invitation } from "./invitation.tsx";
import { checkLink, looksLikeLink } from "./link-input.ts";
import { LinkRow } from "./link-row.tsx";
import { SampleButton } from "./sample-button.tsx";

interface InputStageProps {
  readonly kind: Kind;
  readonly accepted: JobTypeInfo["inputs"];
  readonly inputs: readonly DraftInput[];
  /** A complaint from elsewhere, e.g. that a file must be chosen first. */
  readonly complaint: string | null;
  readonly onInputs: (inputs: readonly DraftInput[]) => void;
}

export function InputStage({ kind, accepted, inputs, complaint, onInputs }: InputStageProps) {
  const [refused, setRefused] = useState<string | null>(null);
  const latest = useRef(inputs);
  latest.current = inputs;
  const batches = isOnePerJob(accepted);
  /** One file takes the place of one, unless it is to be added; several become a batch. */
  const take = async (files: readonly File[], adding = latest.current.length > 1) => {
    const room = batches && (adding || files.length > 1) ? { ...accepted, max: MAX_BATCH_FILES } : accepted;
    const taken = await takeFiles(latest.current, files, room, !kind.photos);
    setRefused(refusalText(taken.refused));
    if (taken.inputs !== latest.current) onInputs(taken.inputs);
  };
  const change = (to: readonly DraftInput[]) => {
    setRefused(null);
    onInputs(to);
  };
  useStrayFiles(take);
  const [linking, setLinking] = useState(false);
  const opener = useFocusBack(linking);
  const closeLink = () => {
    setRefused(null);
    setLinking(false);
  };
  /** Takes a link as one more input, or in the place of the one there is. */
  const takeLink = (text: string): boolean => {
    const { input, problem } = checkLink(text, accepted);
    setRefused(problem);
    if (!input) return false;
    const adding = latest.current.length > (accepted.max > 1 ? 0 : 1);
    const max = batches && adding ? MAX_BATCH_FILES : accepted.max;
    const joined = join(latest.current, [input], max, !kind.photos);
    setRefused(refusalText(joined.refused));
    onInputs(joined.inputs);
    return true;
  };
  usePastedText((text) => looksLikeLink(text) && takeLink(text));
  const problem = refused ?? complaint;
  const several = accepted.max > 1 || batches;
  const [only] = inputs;
  const picker = {
    accept: [...accepted.accept, ...accepted.extensions],
    multiple: several,
    onFiles: (files: readonly File[]) => take(files),
  };
  return (
    <div className="stage" data-problem={problem !== null || undefined}>
      {inputs.length > 1 ? (
        <Rack inputs={inputs} ordered={kind.ordered} onInputs={change} onFiles={picker.onFiles} />
      ) : (
        <DropZone
          {...picker}
          className={`drop-zone ${only && kind.large ? "display" : "arch"}`}
          label={only ? (several && !batches ? "Add files" : `Replace ${only.filename}`) : `Choose ${kind.wanted}`}
        >
          {only ? (
            <InputView
              input={only}
              className={kind.large ? "display-picture" : "shelf-picture"}
              alt={`Your file, ${only.filename}`}
            />
          ) : (
            <Invitation kind={kind} accepted={accepted} />
          )}
        </DropZone>
      )}
      <div className="stage-problem" role="alert">
        {problem}
        {refused ? (
          <button type="button" className="problem-close" aria-label="Dismiss" onClick={() => setRefused(null)}>
            <Icon name="cross" />
          </button>
        ) : null}
      </div>
      <div className="stage-bar">
        {linking ? (
          <LinkRow label="Link to a file" onLink={takeLink} onClose={closeLink} />
        ) : inputs.length > 0 ? (
          <>
            <span className="file-name">{nameOf(inputs)}</span>
            <span className="quiet">{sizeOf(inputs)}</span>
            <span className="bar-gap" />
            {several ? (
              <FilePicker
                {...picker}
                className="button-quiet"
                label="Add files"
                onFiles={(files) => take(files, inputs.length > 0)}
              >
                Add
              </FilePicker>
            ) : null}
            {several ? (
              <button
                ref={opener}
                type="button"
                className="button-quiet"
                aria-label="Add a link"
                title="Add a link"
                onClick={() => setLinking(true)}
              >
                <Icon name="link" />
              </button>
            ) : null}
            {kind.ordered && inputs.length > 1 ? (
              <button
                type="button"
                className="button-quiet"
                title="By name, or the other way round"
                onClick={() => change(reordered(inputs))}
              >
                {isSorted(inputs) ? "Reverse" : "Sort"}
              </button>
            ) : null}
            <button
              ref={several ? undefined : opener}
              type="button"
              className="button-quiet"
              onClick={() => change([])}
            >
              {inputs.length > 1 ? "Clear" : "Remove"}
            </button>
          </>
        ) : (
          <>
            <SampleButton kind={kind} onFile={(file) => take([file])} />
            {several ? (
              <FilePicker {...picker} className="button-quiet only-pointer" label="Choose a folder" folder>
                Choose a folder
              </FilePicker>
            ) : null}
            <button ref={opener} type="button" className="button-quiet" onClick={() => setLinking(true)}>
              <Icon name="link" />
              <span className="link-text">Paste a link</span>
            </button>
          </>
        )}
      </div>
    </div>
  );
}

interface RackProps {
  readonly inputs: readonly DraftInput[];
  readonly ordered: boolean;
  readonly onInputs: (inputs: readonly DraftInput[]) => void;
  readonly onFiles: (files: File[]) => void;
}

/** All inputs in small; the whole of it takes more. */
function Rack({ inputs, ordered, onInputs, onFiles }: RackProps) {
  const { over, handlers } = useDropTarget(onFiles);
  return (
    <div className="rack" data-over={over || undefined} {...handlers}>
      <InputList inputs={inputs} ordered={ordered} onInputs={onInputs} />
    </div>
  );
}

function nameOf(inputs: readonly DraftInput[]): string {
  const [only, second] = inputs;
  return only && !second ? only.filename : `${inputs.length} files`;
}

/** Bytes of all; nothing while a file is still to be made. */
const sizeOf = (inputs: readonly DraftInput[]): string =>
  inputs.every(({ bytes }) => bytes > 0) ? formatBytes(inputs.reduce((sum, { bytes }) => sum + bytes, 0)) : "";

const isSorted = (inputs: readonly DraftInput[]): boolean =>
  inputs.every(({ filename }, i) => i === 0 || byName((inputs[i - 1] as DraftInput).filename, filename) <= 0);

const reordered = (inputs: readonly DraftInput[]): DraftInput[] =>
  isSorted(inputs) ? inputs.toReversed() : inputs.toSorted((a, b) => byName(a.filename, b.filename));
