/** What the forms of this page have in common: what is wrong, the two buttons, and a choice of several. */
import type { FormEvent, ReactNode } from "react";

interface AccountFormProps {
  readonly children: ReactNode;
  /** What is wrong with what was entered. */
  readonly problem: string | null;
  readonly submitLabel: string;
  readonly busy: boolean;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
}

export function AccountForm({ children, problem, submitLabel, busy, onSubmit, onCancel }: AccountFormProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form className="account-form" noValidate onSubmit={submit}>
      {children}
      {problem ? (
        <p className="field-error" role="alert">
          {problem}
        </p>
      ) : null}
      <div className="form-buttons">
        <button type="submit" className="button-primary" aria-disabled={busy}>
          {submitLabel}
        </button>
        <button type="button" className="button-quiet" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

interface ChecksProps<Value extends string> {
  readonly legend: string;
  readonly choices: readonly Value[];
  readonly words: Readonly<Record<Value, string>>;
  readonly checked: readonly Value[];
  readonly onChange: (checked: readonly Value[]) => void;
}

export function Checks<Value extends string>({ legend, choices, words, checked, onChange }: ChecksProps<Value>) {
  return (
    <fieldset className="checks">
      <legend className="field-label">{legend}</legend>
      {choices.map((choice) => (
        <label key={choice}>
          <input
            type="checkbox"
            checked={checked.includes(choice)}
            onChange={(event) =>
              onChange(event.target.checked ? [...checked, choice] : checked.filter((one) => one !== choice))
            }
          />
          {words[choice]}
        </label>
      ))}
    </fieldset>
  );
}
