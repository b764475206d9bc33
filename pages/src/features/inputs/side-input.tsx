/** A file beside the form: one that may be left out, e.g. the visitor's own font, or the picture behind a subject. */
import { useState } from "react";
import { useStrayFiles } from "../../components/drop-target.ts";
import { DropZone } from "../../components/drop-zone.tsx";
import { Icon } from "../../components/icon.tsx";
import { type Accepted, checkFile } from "../compose/check-file.ts";
import { type DraftInput, inputOfFile } from "../compose/draft.ts";
import { objectUrl } from "./object-url.ts";

interface SideInputProps {
  readonly accepted: Accepted;
  /** What the file is, for the empty field. */
  readonly label: string;
  /** Its role among the job's inputs, or null. */
  readonly part: string | null;
  /** Whether it takes files that are dropped elsewhere on the page, too. */
  readonly stray?: boolean;
  readonly input: DraftInput | null;
  readonly onInput: (input: DraftInput | null) => void;
}

export function SideInput({ accepted, label, part, stray = false, input, onInput }: SideInputProps) {
  const [refused, setRefused] = useState<string | null>(null);
  const take = async ([file]: readonly File[]) => {
    if (!file) return;
    const check = await checkFile(file, accepted);
    setRefused(check.problem === null ? null : `${file.name}: ${check.problem}`);
    if (check.problem === null) onInput(inputOfFile(file, check.type, part));
  };
  useStrayFiles(stray ? take : null);
  const remove = () => {
    setRefused(null);
    onInput(null);
  };
  return (
    <div className="field side-input">
      <div className="side-row">
        <DropZone
          className="file-drop"
          accept={[...accepted.accept, ...accepted.extensions]}
          label={input ? `${label}: replace ${input.filename}` : label}
          onFiles={take}
        >
          {input?.file && input.type.startsWith("image/") ? (
            <img className="side-picture" src={objectUrl(input.file)} alt="" />
          ) : (
            <Icon name="file" />
          )}
          <span>{input ? input.filename : label}</span>
        </DropZone>
        {input ? (
          <button type="button" className="button-icon" onClick={remove} aria-label={`Remove ${input.filename}`}>
            <Icon name="cross" />
          </button>
        ) : null}
      </div>
      <p className="field-hint" role="alert" data-empty={!refused || undefined}>
        {refused ? <span className="field-error">{refused}</span> : null}
      </p>
    </div>
  );
}
