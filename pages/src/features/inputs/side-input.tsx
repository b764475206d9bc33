/** A file beside the form, or a link to one: it may be left out, e.g. the visitor's own font, or the picture behind a subject. */
import { useState } from "react";
import { useStrayFiles } from "../../components/drop-target.ts";
import { DropZone } from "../../components/drop-zone.tsx";
import { Icon } from "../../components/icon.tsx";
import { usePastedText } from "../../components/pasted-text.ts";
import { useFocusBack } from "../../components/use-focus-back.ts";
import { type Accepted, checkFile } from "../compose/check-file.ts";
import { type DraftInput, inputOfFile } from "../compose/draft.ts";
import { checkLink, looksLikeLink } from "./link-input.ts";
import { LinkRow } from "./link-row.tsx";
import { objectUrl } from "./object-url.ts";

interface SideInputProps {
  readonly accepted: Accepted;
  /** What the file is, for the empty field. */
  readonly label: string;
  /** Its role among the job's inputs, or null. */
  readonly part: string | null;
  /** Whether it takes files and links that are dropped or pasted elsewhere on the page, too. */
  readonly stray?: boolean;
  readonly input: DraftInput | null;
  readonly onInput: (input: DraftInput | null) => void;
}

export function SideInput({ accepted, label, part, stray = false, input, onInput }: SideInputProps) {
  const [refused, setRefused] = useState<string | null>(null);
  const [linking, setLinking] = useState(false);
  const opener = useFocusBack(linking);
  const take = async ([file]: readonly File[]) => {
    if (!file) return;
    const check = await checkFile(file, accepted);
    setRefused(check.problem === null ? null : `${file.name}: ${check.problem}`);
    if (check.problem === null) onInput(inputOfFile(file, check.type, part));
  };
  const takeLink = (text: string): boolean => {
    const check = checkLink(text, accepted, part);
    setRefused(check.problem);
    if (check.input) onInput(check.input);
    return check.input !== null;
  };
  useStrayFiles(stray ? take : null);
  usePastedText((text) => stray && looksLikeLink(text) && takeLink(text));
  const remove = () => {
    setRefused(null);
    onInput(null);
  };
  const close = () => {
    setRefused(null);
    setLinking(false);
  };
  return (
    <div className="field side-input">
      {linking ? (
        <LinkRow label={`Link: ${label}`} onLink={takeLink} onClose={close} />
      ) : (
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
              <Icon name={input?.url ? "link" : "file"} />
            )}
            <span>{input ? input.filename : label}</span>
          </DropZone>
          <button
            ref={opener}
            type="button"
            className="button-icon"
            aria-label={`Paste a link: ${label}`}
            title="Paste a link"
            onClick={() => setLinking(true)}
          >
            <Icon name="link" />
          </button>
          {input ? (
            <button type="button" className="button-icon" onClick={remove} aria-label={`Remove ${input.filename}`}>
              <Icon name="cross" />
            </button>
          ) : null}
        </div>
      )}
      <p className="field-hint" role="alert" data-empty={!refused || undefined}>
        {refused ? <span className="field-error">{refused}</span> : null}
      </p>
      {input?.url && !linking ? (
        <p className="field-hint">Fetched from {new URL(input.url).hostname} when the job runs</p>
      ) : null}
    </div>
  );
}
