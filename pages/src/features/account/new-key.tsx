/** The form of a new API key: what it is for, what it may do, until when. */
import { useId, useState } from "react";
import { type CreateKeyRequest, SCOPES, type Scope } from "#contract/access.ts";
import { MAX_KEY_NAME_CHARS } from "#contract/limits.ts";
import { type Choice, Segmented } from "../../components/segmented.tsx";
import { AccountForm, Checks } from "./account-form.tsx";
import { SCOPE_WORDS } from "./caller-words.ts";

const DAY_MS = 24 * 3_600_000;
const FOR_EVER = "";
const TIMES: readonly Choice[] = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: FOR_EVER, label: "For ever" },
];

interface NewKeyProps {
  readonly scopes: readonly Scope[];
  readonly busy: boolean;
  readonly onMake: (request: CreateKeyRequest) => void;
  readonly onCancel: () => void;
}

export function NewKey({ scopes, busy, onMake, onCancel }: NewKeyProps) {
  const id = useId();
  const [name, setName] = useState("");
  const [wanted, setWanted] = useState<readonly Scope[]>(scopes.filter((scope) => scope !== "keys"));
  const [days, setDays] = useState("90");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = () => {
    if (name.trim() === "") return setProblem("Enter a name: what the key is for.");
    if (wanted.length === 0) return setProblem("Choose what the key may do.");
    setProblem(null);
    onMake({ name, scopes: [...wanted], expiresAt: days === FOR_EVER ? null : Date.now() + Number(days) * DAY_MS });
  };
  return (
    <AccountForm problem={problem} submitLabel="Make the key" busy={busy} onSubmit={submit} onCancel={onCancel}>
      <div className="field">
        <label className="field-label" htmlFor={`${id}-name`}>
          Name
        </label>
        <input
          className="text-box"
          id={`${id}-name`}
          // biome-ignore lint/a11y/noAutofocus: the form takes the place of the button that was just pressed.
          autoFocus
          value={name}
          maxLength={MAX_KEY_NAME_CHARS}
          placeholder="Shop"
          onChange={(event) => setName(event.target.value)}
        />
      </div>
      <Checks
        legend="It may"
        choices={SCOPES.filter((scope) => scopes.includes(scope))}
        words={SCOPE_WORDS}
        checked={wanted}
        onChange={setWanted}
      />
      <div className="field">
        <span className="field-label" id={`${id}-time`}>
          Works for
        </span>
        <Segmented choices={TIMES} value={days} onChange={setDays} labelledBy={`${id}-time`} />
      </div>
    </AccountForm>
  );
}
