/** What the jobs of the last 30 days have used: figures, a bar for each day, the same by kind. */
import type { JobTypeInfo } from "#contract/public-api.ts";
import type { Usage } from "#contract/usage.ts";
import { kiln } from "../../api/kiln.ts";
import { formatSeconds } from "../../formatting.ts";
import { SectionFailure } from "./section-failure.tsx";
import { barsText, dayBars, usageFigures } from "./usage-words.ts";
import { useChanges } from "./use-changes.ts";

const WIDTH = 20;
const GAP = 4;
const HEIGHT = 100;
/** A day without jobs is a line, one with a few can be told from it. */
const MIN_BAR = 3;

export function UsageSection({ types }: { types: readonly JobTypeInfo[] }) {
  const { items: usage, failure } = useChanges((signal) => kiln.usage({ signal }));
  return (
    <section className="account-card" aria-labelledby="usage-title">
      <h2 id="usage-title">The last 30 days</h2>
      <SectionFailure failure={failure} />
      {usage ? (
        <>
          <dl className="figures">
            {usageFigures(usage).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <DayBars usage={usage} />
          <ul className="rows" aria-label="By kind">
            {usage.types.map(({ type, jobs, runSeconds }) => (
              <li key={type}>
                <b>{types.find(({ name }) => name === type)?.title ?? type}</b>
                <span className="quiet">
                  {jobs.toLocaleString("en")} {jobs === 1 ? "job" : "jobs"} · {formatSeconds(runSeconds)}
                </span>
              </li>
            ))}
          </ul>
          {usage.costPerRunnerHour > 0 ? (
            <p className="quiet">
              The cost is an estimate, at {usage.costPerRunnerHour} {usage.currency} for an hour of a runner. No bill
              follows from it.
            </p>
          ) : null}
        </>
      ) : null}
    </section>
  );
}

function DayBars({ usage }: { usage: Usage }) {
  const bars = dayBars(usage.days);
  return (
    <figure className="day-bars">
      <svg
        viewBox={`0 0 ${bars.length * (WIDTH + GAP)} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={barsText(bars)}
      >
        {bars.map(({ day, jobs, height }, i) => {
          const tall = Math.max(MIN_BAR, height * HEIGHT);
          return (
            <rect
              key={day}
              x={i * (WIDTH + GAP)}
              y={HEIGHT - tall}
              width={WIDTH}
              height={tall}
              data-empty={jobs === 0 || undefined}
            >
              <title>{`${day}: ${jobs} ${jobs === 1 ? "job" : "jobs"}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption className="quiet">
        <span>{usage.from}</span>
        <span>Jobs a day</span>
        <span>{usage.to}</span>
      </figcaption>
    </figure>
  );
}
