/**
 * Every limit that two sides must agree on, in one place, with its unit in the name.
 * A limit that only one side knows belongs to that side. Sources: DESIGN §3, §4, §6 and the platform's own
 * documentation where a comment says so.
 */

// --- Uploads -------------------------------------------------------------------------------------------------------

/** Largest file a user may upload by default. Cloudflare's own request limit is the same on the Free and Pro plans. */
export const MAX_UPLOAD_BYTES = 100_000_000;
/** What an operator may raise that to for callers with a key (`MAX_UPLOAD_BYTES`), and so the largest file there is. */
export const UPLOAD_HARD_MAX_BYTES = 5_000_000_000;
/** Size of every part of a multipart upload but the last. R2 wants equal parts of 5 MiB to 5 GiB. */
export const UPLOAD_PART_BYTES = 8 * 1024 * 1024;
/** Smallest part of a multipart upload but its last, and most parts of one: R2's bounds, which are S3's. */
export const MIN_PART_BYTES = 5 * 1024 * 1024;
export const MAX_UPLOAD_PARTS = 10_000;
/** Files up to this size are sent in a single PUT. */
export const SINGLE_PUT_MAX_BYTES = UPLOAD_PART_BYTES;
/** An upload that is not completed within this time is aborted. */
export const UPLOAD_TTL_S = 24 * 3600;
/** How long a signed upload URL is valid. */
export const SIGNED_PUT_TTL_S = 15 * 60;
/** How long a signed download URL is valid. */
export const SIGNED_GET_TTL_S = 60 * 60;
/** Longest file name that is kept, in UTF-8 bytes. It is only ever shown, never used as a path. */
export const MAX_FILENAME_BYTES = 255;

// --- Jobs ----------------------------------------------------------------------------------------------------------

/** Attempts before a job becomes a dead letter. */
export const MAX_ATTEMPTS = 3;
/** Leases that may be lost (runner gone) before a job is taken for poisonous and becomes a dead letter. */
export const MAX_LEASES_LOST = 2;
/** Jobs of one owner that a pool has at work at once, unless the pool is set otherwise. */
export const DEFAULT_MAX_IN_FLIGHT_PER_OWNER = 1_000;
/** A job in line or at work tells its pool so again after this long: a pool that lost something gets it back. */
export const POOL_CONFIRM_MS = 10 * 60_000;
/** A job that waits for other jobs asks them again after this long: a message that was lost costs minutes, not the job. */
export const DEPENDENCY_CONFIRM_MS = 5 * 60_000;
/** How long a lease lives without a heartbeat, unless the Worker's `LEASE_TTL_S` says otherwise; the lease tells it. */
export const LEASE_TTL_MS = 60_000;
/** How often a runner extends its lease, ±`HEARTBEAT_JITTER`: a quarter of the lease's time. */
export const HEARTBEAT_MS = 15_000;
export const HEARTBEAT_JITTER = 0.2;
/** First retry waits this long unless `RETRY_BASE_S` says otherwise, then doubles, up to `RETRY_MAX_MS`, ±`RETRY_JITTER`. */
export const RETRY_BASE_MS = 10_000;
export const RETRY_MAX_MS = 10 * 60_000;
export const RETRY_JITTER = 0.2;
/** A runner must have stopped a cancelled job's processes after this time. */
export const CANCEL_MAX_MS = 12_000;
/** Time between SIGTERM and SIGKILL for a child. */
export const KILL_GRACE_MS = 5_000;
/** A job whose runner never confirms the cancel is closed after this time. */
export const CANCELING_TTL_MS = 20_000;
/** Files of a finished job are kept this long, unless the job says otherwise. Who has no API key can't ask for more. */
export const RETENTION_S = 24 * 3600;
/** The bounds of a job's own `policy.retentionS`; an operator may set a lower one for all API keys (`MAX_RETENTION_S`). */
export const MIN_RETENTION_S = 60;
export const MAX_RETENTION_S = 30 * 24 * 3600;
/** Days after its end for which a job is known, unless `RECORD_RETENTION_DAYS` says otherwise; its files go long before. */
export const RECORD_RETENTION_DAYS = 365;
/** A queued job that no runner started within this time expires. */
export const DEFAULT_JOB_TTL_S = 24 * 3600;
/** How far ahead a job's `notBefore` may lie. */
export const MAX_NOT_BEFORE_S = 30 * 24 * 3600;
/** Jobs that one call retries or cancels at most; the answer's cursor goes on from there. */
export const MAX_BULK_JOBS = 200;
/** Jobs an owner may have pinned at a time. Counted in the list, which follows the jobs a moment later. */
export const MAX_PINS_PER_OWNER = 100;
/** Longest URL that an input is fetched from. */
export const MAX_INPUT_URL_CHARS = 2_048;
/** Jobs that may have one upload, or files of one job, as their input: it keeps all their ids in one row. */
export const MAX_JOBS_PER_SOURCE = 2_000;
/** Presets of one account, for all job types together, and how long the JSON of one's parameters may be. */
export const MAX_PRESETS_PER_OWNER = 100;
export const MAX_PRESET_BYTES = 16 * 1024;
/** Most inputs of one job. */
export const MAX_INPUTS = 500;
/** Jobs of one batch, and different uploads and jobs that they have as inputs: each is looked at before anything is made. */
export const MAX_BATCH_JOBS = 1_000;
export const MAX_BATCH_SOURCES = 1_000;
/**
 * Calls that one archive of a batch makes: one for each job and one for each file. Cloudflare allows 10,000 a request on the paid
 * plan (https://developers.cloudflare.com/workers/platform/limits/#subrequests); the rest is for finding the batch, and retries.
 */
export const MAX_ARCHIVE_CALLS = 9_000;
/** JSON body of a batch; each of its jobs may be as long as an ordinary body. */
export const MAX_BATCH_BODY_BYTES = 2 * 1024 * 1024;
/** Events kept per batch; past that only ends of jobs are told, and the batch's own. */
export const MAX_EVENTS_PER_BATCH = 10_000;
/** A batch asks a job again that it has not heard of for so long. */
export const BATCH_CONFIRM_MS = 10 * 60_000;
/** How long an Idempotency-Key means the same request. */
export const IDEMPOTENCY_TTL_S = 24 * 3600;
/** A request that has had no answer for so long has broken off: its repetition runs. */
export const IDEMPOTENCY_IN_FLIGHT_MS = 60_000;
/** Longest time that a call waits for its job to end (`Prefer: wait=n`). */
export const MAX_WAIT_S = 60;
/** A one-shot call's form: all of it, its fields and files, and each field that is no file. Cloudflare's largest body is as long. */
export const MAX_FORM_BYTES = 500_000_000;
export const MAX_FORM_FIELDS = 1_000;
export const MAX_FORM_FIELD_BYTES = 256 * 1024;
/** Largest JSON body of a public or runner call. */
export const MAX_JSON_BODY_BYTES = 256 * 1024;

/** Days of which `GET /v1/usage` tells in one call, and jobs that it counts: each is a row that D1 reads. */
export const MAX_USAGE_DAYS = 92;
export const MAX_USAGE_JOBS = 100_000;

// --- Results of equal jobs -----------------------------------------------------------------------------------------

/** For so long after its end a job's result is given to equal jobs. */
export const CACHE_TTL_S = 7_200;
/** Results known at a time, over all shards; the one that was not asked for longest makes room. */
export const MAX_CACHE_ENTRIES = 10_000;
/** A cache that has not answered by then has no result: the job runs. */
export const CACHE_LOOKUP_MAX_MS = 1_000;
/** Jobs that share one result. The next equal job runs, and its result is shared from then on. */
export const MAX_SHARERS = 1_000;
/** A purged job asks the jobs that share its result this often whether they still need it. */
export const SHARERS_CHECK_MS = 6 * 3600_000;
/** Versions of an asset that one call lists, the newest. */
export const MAX_LISTED_VERSIONS = 100;

// --- Events --------------------------------------------------------------------------------------------------------

/** Largest single event. SQLite rows on Cloudflare end at 2 MB; local workerd does not enforce that. */
export const MAX_EVENT_BYTES = 64 * 1024;
/** Events kept per job; later log lines are dropped with one note, status events always fit. */
export const MAX_EVENTS_PER_JOB = 10_000;
/** Longest log line kept. */
export const MAX_LOG_LINE_BYTES = 4_096;
/** Most log lines in one runner call. */
export const MAX_LOG_LINES_PER_CALL = 200;
/** A comment is sent on an idle event stream this often. */
export const SSE_PING_MS = 15_000;
/** An event stream is closed after this time; the client resumes with Last-Event-ID. */
export const SSE_MAX_MS = 300_000;
/** `retry:` of the event stream. */
export const SSE_RETRY_MS = 1_000;

// --- Access --------------------------------------------------------------------------------------------------------

/** Keys of one account that work at a time. */
export const MAX_KEYS_PER_ACCOUNT = 100;
export const MAX_KEY_NAME_CHARS = 100;
/** What a key's own limit of jobs may be at most. */
export const MAX_JOBS_PER_HOUR = 1_000_000;
/** An isolate of the Worker knows a key for so long without asking D1: a revoked key ends by then. */
export const KEY_CACHE_MS = 30_000;
/** When a key was used last is noted at most this often. */
export const KEY_USE_NOTED_MS = 60_000;
/** Links of one job that work at a time. */
export const MAX_SHARES_PER_JOB = 20;
/** The bounds of a link's time; files may go before. */
export const MIN_SHARE_TTL_S = 60;
export const DEFAULT_SHARE_TTL_S = 7 * 24 * 3600;
export const MAX_SHARE_TTL_S = 365 * 24 * 3600;
/** How long a signed download URL is valid that a share link leads to: what was fetched stays open for so long once it is revoked. */
export const SHARED_GET_TTL_S = 5 * 60;

// --- Operator ------------------------------------------------------------------------------------------------------

/** A file that no record names is not deleted before it is this old: it may be just being written. */
export const ORPHAN_MIN_AGE_MS = 60 * 60_000;
/** Most files on one page of the audit of R2. */
export const MAX_AUDITED_FILES = 200;
/** Most files that one call deletes. */
export const MAX_ORPHANS_PER_CALL = 100;
/** Most objects that one call of `reindex` asks. */
export const MAX_REINDEX_OBJECTS = 100;

// --- Runner --------------------------------------------------------------------------------------------------------

/** Version of the runner API. A Worker answers 426 to a runner that is older than `RUNNER_API_MIN_VERSION`. */
export const RUNNER_API_VERSION = 2;
export const RUNNER_API_MIN_VERSION = 1;
/** The oldest Worker, by its version of the runner API, that a runner works with. */
export const WORKER_API_MIN_VERSION = 1;
/** An idle runner polls its pool this often when the doorbell is silent. */
export const RUNNER_POLL_MS = 15_000;
/** A runner that has not been heard of for this long is not counted as live. */
export const RUNNER_SEEN_TTL_MS = 45_000;
/** A runner sends progress at most this often. */
export const PROGRESS_MIN_INTERVAL_MS = 1_000;
/** Most artifacts of one job. */
export const MAX_ARTIFACTS = 1_000;
/** Most checkpoints of one job. */
export const MAX_CHECKPOINTS = 1_000;
/** Most parts of a stage that runners share; each is a checkpoint. */
export const MAX_PARTS = MAX_CHECKPOINTS;
/** Most parts that one assistant has claimed at a time. */
export const MAX_PARTS_PER_CLAIM = 64;
/** Most runners that assist with one job at a time. */
export const MAX_ASSISTANTS = 64;
/** How many earlier versions of a job its runner gets checkpoints from. */
export const MAX_RERUN_ANCESTORS = 8;
/** Largest artifact or checkpoint. */
export const MAX_ARTIFACT_BYTES = 5_000_000_000;

// --- Webhooks ------------------------------------------------------------------------------------------------------

/** Webhooks of one owner. */
export const MAX_WEBHOOKS_PER_OWNER = 10;
export const MAX_WEBHOOK_DESCRIPTION_CHARS = 500;
/** A receiver that has not answered by then has failed. */
export const WEBHOOK_TIMEOUT_MS = 15_000;
/** How long each retry waits, ±`WEBHOOK_RETRY_JITTER`: 8 tries over 27.6 hours. */
export const WEBHOOK_RETRY_DELAYS_S = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600] as const;
export const WEBHOOK_RETRY_JITTER = 0.2;
/** Longest `Retry-After` of a receiver that is kept to. */
export const WEBHOOK_RETRY_AFTER_MAX_S = 10 * 3600;
/** A webhook is disabled when a delivery is given up and nothing has been taken for so long. */
export const WEBHOOK_FAILING_MAX_S = 5 * 24 * 3600;
/** A webhook with so many deliveries to come is disabled: its receiver can't keep up. */
export const MAX_WAITING_DELIVERIES = 10_000;
/** After a rotation the old secret signs too for this long. */
export const WEBHOOK_OLD_SECRET_S = 24 * 3600;
/** Random bytes of a secret; Standard Webhooks asks for 24 to 64. */
export const WEBHOOK_SECRET_BYTES = 32;
/** Deliveries that are over are kept in the log for so long, and so many of one webhook. */
export const WEBHOOK_LOG_S = 7 * 24 * 3600;
export const MAX_WEBHOOK_LOG = 1_000;
/** Tries kept of one delivery, and how much of each answer's body. */
export const MAX_LOGGED_TRIES = 20;
export const MAX_LOGGED_ANSWER_BYTES = 1_024;
/** Largest body that is sent; most artifacts that it lists. */
export const MAX_WEBHOOK_PAYLOAD_BYTES = 64 * 1024;
export const MAX_WEBHOOK_ARTIFACTS = 100;

// --- Inputs, checked before an engine starts -----------------------------------------------------------------------

export const MAX_IMAGE_PIXELS = 60_000_000;
export const MAX_IMAGE_SIDE_PX = 16_384;
/** Largest side of a picture that is traced. */
export const MAX_TRACE_SIDE_PX = 8_192;
/** Frames of a video, an animation or a list of pictures: a minute at 60 a second. */
export const MAX_FRAMES = 3_600;
/** Largest side and length of a video. */
export const MAX_VIDEO_SIDE_PX = 4_096;
export const MAX_VIDEO_S = 600;
/** Pictures in one job, unpacked from zips or given singly. */
export const MAX_PICTURES = 1_000;
/** Zips: bytes of all entries unpacked, and of one entry against its packed size. */
export const MAX_UNPACKED_BYTES = 2_000_000_000;
export const MAX_ZIP_RATIO = 200;
/** Photos of one model: fewer can't carry one, more take days. */
export const MIN_PHOTOS = 3;
export const MAX_PHOTOS = 500;
/** Most triangles a user may ask for. */
export const MAX_PHOTOGRAMMETRY_FACES = 5_000_000;
/** Most levels of detail beside the model. */
export const MAX_LODS = 3;
export const MAX_SVG_BYTES = 2 * 1024 * 1024;
export const MAX_SVG_DEPTH = 64;
/** Elements after every `<use>` is expanded. A 1.2 kB SVG of nested `<use>` can hold 10,000. */
export const MAX_SVG_ELEMENTS = 5_000;
export const MAX_SVG_PATH_COMMANDS = 200_000;
export const MAX_FONT_BYTES = 32 * 1024 * 1024;
export const MAX_TEXT_CHARS = 500;
