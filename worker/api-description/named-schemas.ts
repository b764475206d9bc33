/** Schemas that have a name in the document, so that they are described once and clients made from it have types for them. */
import type { z } from "zod";
import * as access from "#contract/access.ts";
import * as admin from "#contract/admin-api.ts";
import * as batch from "#contract/batch.ts";
import * as caller from "#contract/caller.ts";
import * as job from "#contract/job.ts";
import * as manifest from "#contract/manifest.ts";
import * as preset from "#contract/preset.ts";
import * as problem from "#contract/problem.ts";
import * as publicApi from "#contract/public-api.ts";
import * as runnerApi from "#contract/runner-api.ts";
import * as share from "#contract/share.ts";
import * as upload from "#contract/upload.ts";
import * as usage from "#contract/usage.ts";
import * as webhook from "#contract/webhook.ts";
import { submissionSchemas } from "./submissions.ts";

/** By name; a schema is referred to wherever it is used. */
export function namedSchemas(): Record<string, z.ZodType> {
  return {
    Problem: problem.problemSchema,
    ProblemCode: problem.problemCodeSchema,
    FieldError: problem.fieldErrorSchema,
    JobTypeInfo: publicApi.jobTypeInfoSchema,
    JobTypeList: publicApi.jobTypeListSchema,
    UploadId: upload.uploadIdSchema,
    Upload: upload.uploadSchema,
    UploadedPart: upload.uploadedPartSchema,
    PartTarget: upload.partTargetSchema,
    CreateUploadRequest: upload.createUploadRequestSchema,
    JobId: job.jobIdSchema,
    Job: job.jobSchema,
    JobState: job.jobStateSchema,
    JobInput: job.jobInputSchema,
    JobError: job.jobErrorSchema,
    JobList: publicApi.jobListSchema,
    Policy: job.policySchema,
    Progress: job.progressSchema,
    QueuePlace: job.queuePlaceSchema,
    Attempt: job.attemptRecordSchema,
    JobEvent: job.jobEventSchema,
    ...named(job.jobEventSchema.options, ["JobStatusEvent", "JobProgressEvent", "JobLogEvent", "JobArtifactEvent"]),
    Manifest: manifest.manifestSchema,
    Artifact: manifest.artifactSchema,
    ArtifactName: manifest.artifactNameSchema,
    Sha256: manifest.sha256Schema,
    BulkRetryRequest: publicApi.bulkRetryRequestSchema,
    BulkCancelRequest: publicApi.bulkCancelRequestSchema,
    RerunRequest: publicApi.rerunRequestSchema,
    BulkResult: publicApi.bulkResultSchema,
    LogPage: publicApi.logPageSchema,
    JobVersions: publicApi.jobVersionsSchema,
    ParamChange: publicApi.paramChangeSchema,
    JobComparison: publicApi.jobComparisonSchema,
    BatchId: batch.batchIdSchema,
    Batch: batch.batchSchema,
    BatchState: batch.batchStateSchema,
    BatchCounts: batch.batchCountsSchema,
    BatchJob: batch.batchJobSchema,
    BatchJobList: batch.batchJobListSchema,
    BatchEvent: batch.batchEventSchema,
    ...named(batch.batchEventSchema.options, ["BatchStatusEvent", "BatchJobEvent"]),
    BatchList: batch.batchListSchema,
    Preset: preset.presetSchema,
    PutPresetRequest: preset.putPresetRequestSchema,
    PresetList: preset.presetListSchema,
    Usage: usage.usageSchema,
    Caller: caller.callerSchema,
    ApiKey: access.apiKeySchema,
    ApiKeyWithSecret: access.apiKeyWithSecretSchema,
    ApiKeyList: access.apiKeyListSchema,
    CreateKeyRequest: access.createKeyRequestSchema,
    Scope: access.scopeSchema,
    Share: share.shareSchema,
    ShareList: share.shareListSchema,
    CreateShareRequest: share.createShareRequestSchema,
    SharedJob: share.sharedJobSchema,
    WebhookId: webhook.webhookIdSchema,
    Webhook: webhook.webhookSchema,
    WebhookWithSecret: webhook.webhookWithSecretSchema,
    WebhookList: webhook.webhookListSchema,
    WebhookEvent: webhook.webhookEventSchema,
    WebhookPayload: webhook.webhookPayloadSchema,
    ...named(webhook.webhookPayloadSchema.options, ["JobEndedPayload", "BatchFinishedPayload", "PingPayload"]),
    JobEnded: webhook.jobEndedSchema,
    BatchFinished: webhook.batchFinishedSchema,
    CreateWebhookRequest: webhook.createWebhookRequestSchema,
    UpdateWebhookRequest: webhook.updateWebhookRequestSchema,
    DeliveryTry: webhook.deliveryTrySchema,
    Delivery: webhook.deliverySchema,
    DeliveryList: webhook.deliveryListSchema,
    Health: publicApi.healthSchema,
    LeaseId: runnerApi.leaseIdSchema,
    Lease: runnerApi.leaseSchema,
    LeaseStatus: runnerApi.leaseStatusSchema,
    RegisterRequest: runnerApi.registerRequestSchema,
    LeaseRequest: runnerApi.leaseRequestSchema,
    Checkpoint: runnerApi.checkpointSchema,
    PoolStatus: admin.poolStatusSchema,
    StorageAuditPage: admin.storageAuditPageSchema,
    SweepReport: admin.sweepReportSchema,
    ...submissionSchemas(),
  };
}

/** The forms of a union, each under its name. */
function named(forms: readonly z.ZodType[], names: readonly string[]): Record<string, z.ZodType> {
  return Object.fromEntries(names.map((name, index) => [name, forms[index] as z.ZodType]));
}
