/** An optional file beside the form, e.g. the visitor's own font. */
import { useState } from "react";
import type { JobTypeInfo } from "#contract/public-api.ts";
import { DropZone } from "../../components/drop-zone.tsx";
import { Icon } from "../../components/icon.tsx";
import { checkFile, formatNames } from "../compose/check-file.ts";
import type { DraftInput } from "../compose/draft.ts";

interface FontInputProps {
  readonly inputs: JobTypeInfo["inputs"];
  readonly input: DraftInput | null;
  readonly onInput: (input: DraftInput | null) => void;
}

export function FontInput({ inputs, input, onInput }: FontInputProps) {
  const [refused, setRefused] = useState<string | null>(null);
  const take = async (file: File) => {
    const reason = await checkFile(file, inputs);
    setRefused(reason);
    if (!reason) onInput({ filename: file.name, bytes: file.size, file, upload: null, picture: null });
  };
  return (
    <div className="field font-input">
      <div className="font-row">
        <DropZone
          className="file-drop"
          accept={[...inputs.accept, ...inputs.extensions]}
          label={inputs.label}
          onFile={take}
        >
          <Icon name="file" />
          <span>{input ? input.filename : `Your own font: ${formatNames(inputs.extensions)}`}</span>
        </DropZone>
        {input ? (
          <button
            type="button"
            className="button-icon"
            onClick={() => onInput(null)}
            aria-label={`Remove ${input.filename}`}
          >
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
