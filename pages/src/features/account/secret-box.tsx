/** A secret that is told once: it can be copied now, and never be seen again. */
import { CopyButton } from "../../components/copy-button.tsx";

interface SecretBoxProps {
  readonly title: string;
  readonly secret: string;
  readonly onDone: () => void;
}

export function SecretBox({ title, secret, onDone }: SecretBoxProps) {
  return (
    <div className="secret" role="status">
      <p className="notice-title">{title}</p>
      <p>Copy it now: it is not shown again.</p>
      <div className="text-row">
        <input
          className="text-box"
          readOnly
          // biome-ignore lint/a11y/noAutofocus: the form that was just sent has gone, and this is what it was for.
          autoFocus
          value={secret}
          aria-label={title}
          onFocus={(event) => event.target.select()}
        />
        <CopyButton text={secret} label="Copy the secret" />
      </div>
      <button type="button" className="button-quiet" onClick={onDone}>
        I have it
      </button>
    </div>
  );
}
