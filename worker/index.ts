/** What the platform calls: the handler and the Durable Object classes. No logic. */
import { app } from "./app.ts";
import { scheduled } from "./scheduled.ts";

export { BatchObject } from "./durable/batch.do.ts";
export { CacheObject } from "./durable/cache.do.ts";
export { IdempotencyObject } from "./durable/idempotency.do.ts";
export { JobObject } from "./durable/job.do.ts";
export { PoolObject } from "./durable/pool.do.ts";
export { QuotaObject } from "./durable/quota.do.ts";
export { RegistryObject } from "./durable/registry.do.ts";
export { UploadObject } from "./durable/upload.do.ts";
export { WebhooksObject } from "./durable/webhooks.do.ts";

export default { fetch: app.fetch, scheduled };
