/**
 * `npm run api-fuzz`: calls every operation of `/openapi.json` with what it allows and what it does not, and checks the
 * answers against it. Ends with 1 when a check has failed.
 */
import { parseArgs } from "node:util";
import { runFuzz } from "./run-fuzz.ts";

const HELP = `npm run api-fuzz -- [options]

  --examples N   random cases of each call and phase (default 40)
  --seed N       the same seed, the same cases (default: a new one each time)
  --only ID      only the call with this operationId; may be given more than once
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      examples: { type: "string", default: "40" },
      seed: { type: "string", default: String(Math.floor(Math.random() * 1e9)) },
      only: { type: "string", multiple: true },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [examples, seed] = [Number(values.examples), Number(values.seed)];
  if (!(Number.isInteger(examples) && examples > 0 && Number.isInteger(seed))) {
    process.stderr.write(`--examples and --seed are whole numbers.\n\n${HELP}`);
    return 2;
  }
  const summary = await runFuzz({
    examples,
    seed,
    ...(values.only ? { operations: values.only } : {}),
    log: (line) => process.stdout.write(`${line}\n`),
  });
  const { operations, cases, failures, serverErrors, seconds } = summary;
  process.stdout.write(
    `\noperations ${operations}, cases ${cases}, failures ${failures}, answers of 500 ${serverErrors}, seed ${seed}, ${seconds.toFixed(0)} s\n`,
  );
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
