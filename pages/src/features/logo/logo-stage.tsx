/** The stage while a logo is chosen: the drop zone inside the kiln's arch, then the logo itself on the shelf. */
import { useState } from "react";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { DropZone } from "../../components/drop-zone.tsx";
import { Icon } from "../../components/icon.tsx";
import { formatBytes } from "../../formatting.ts";
import { checkFile, formatNames } from "../compose/check-file.ts";
import type { DraftInput } from "../compose/draft.ts";

interface LogoStageProps {
  readonly inputs: JobTypeInfo["inputs"];
  readonly input: DraftInput | null;
  /** A complaint from elsewhere, e.g. that a file must be chosen first. */
  readonly complaint: string | null;
  readonly onInput: (input: DraftInput | null) => void;
}

const SAMPLE = "/sample-logo.svg";
/** What Kiln makes of the sample. */
const SAMPLE_MODEL = "/sample-model.webp";

export function LogoStage({ inputs, input, complaint, onInput }: LogoStageProps) {
  const [refused, setRefused] = useState<string | null>(null);
  const take = async (file: File) => {
    const reason = await checkFile(file, inputs);
    setRefused(reason);
    if (!reason)
      onInput({ filename: file.name, bytes: file.size, file, upload: null, picture: URL.createObjectURL(file) });
  };
  const takeSample = async () => {
    const bytes = await (await fetch(SAMPLE)).blob();
    await take(new File([bytes], "sample-logo.svg", { type: "image/svg+xml" }));
  };
  const problem = refused ?? complaint;
  return (
    <div className="stage" data-problem={problem !== null || undefined}>
      <DropZone
        className="arch drop-zone"
        accept={[...inputs.accept, ...inputs.extensions]}
        label={input ? `Replace ${input.filename}` : "Choose a logo"}
        onFile={take}
      >
        {input ? <Shelf input={input} /> : <Invitation inputs={inputs} />}
      </DropZone>
      <p className="stage-problem" role="alert">
        {problem}
      </p>
      <div className="stage-bar">
        {input ? (
          <>
            <span className="file-name">
              {input.filename} <span className="quiet">{formatBytes(input.bytes)}</span>
            </span>
            <button type="button" className="button-quiet" onClick={() => onInput(null)}>
              Remove
            </button>
          </>
        ) : (
          <button type="button" className="sample" onClick={takeSample}>
            <img src={SAMPLE} alt="" width="28" height="28" />
            Try with a sample
          </button>
        )}
      </div>
    </div>
  );
}

function Invitation({ inputs }: { inputs: JobTypeInfo["inputs"] }) {
  return (
    <span className="invitation">
      <img className="invitation-picture" src={SAMPLE_MODEL} alt="" width="480" height="480" />
      <span className="invitation-title only-pointer">Drop a logo</span>
      <span className="invitation-title only-touch">Add a logo</span>
      <span className="invitation-text">
        {formatNames(inputs.extensions).replace(/^an? /, "")}, up to {formatBytes(inputs.maxBytes)}
      </span>
      <span className="button-look">Choose a file</span>
    </span>
  );
}

function Shelf({ input }: { input: DraftInput }) {
  const [broken, setBroken] = useState<string | null>(null);
  if (input.picture && broken !== input.picture) {
    return (
      <img
        className="shelf-picture"
        data-preview={input.file === null || undefined}
        src={input.picture}
        alt={`Your logo, ${input.filename}`}
        onError={() => setBroken(input.picture)}
      />
    );
  }
  // The runner may still read what this browser can't show.
  return (
    <span className="shelf-file">
      <Icon name="file" />
      {input.filename}
    </span>
  );
}
