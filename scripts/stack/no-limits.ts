/** Variables of the Worker that let everybody do as much as they like: for one's own machine, tests and benchmarks. */
export const NO_LIMITS: Readonly<Record<string, string>> = {
  ANON_JOBS_PER_HOUR: "0",
  KEY_JOBS_PER_HOUR: "0",
  ANON_BYTES_PER_DAY: "0",
  KEY_BYTES_PER_DAY: "0",
  ANON_JOBS_IN_FLIGHT: "0",
  KEY_JOBS_IN_FLIGHT: "0",
  SHIELD_ENABLED: "false",
};
