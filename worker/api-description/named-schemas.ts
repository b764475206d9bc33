/** Schemas that have a name in the document, so that they are described once and clients made from it have types for them. */
import type { z } from "zod";
import * as batch from "#contract/batch.ts";
import * as caller from "#contract/caller.ts";
import * as job from "#contract/job.ts";
import * as manifest from "#contract/manifest.ts";
import * as preset from "#contract/preset.ts";
import * as problem from "#contract/problem.ts";
import * as publicApi from "#contract/public-api.ts";
import * as runnerApi from "#contract/runner-api.ts";
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
    Manifest: manifest.manifestSchema,
    Artifact: manifest.artifactSchema,
    ArtifactName: manifest.artifactNameSchema,
    Sha256: manifest.sha256Schema,
    RerunRequest: publicApi.rerunRequestSchema,
    BulkResult: publicApi.bulkResultSchema,
    LogPage: publicApi.logPageSchema,
    JobVersions: publicApi.jobVersionsSchema,
    JobComparison: publicApi.jobComparisonSchema,
    BatchId: batch.batchIdSchema,
    Batch: batch.batchSchema,
    BatchState: batch.batchStateSchema,
    BatchCounts: batch.batchCountsSchema,
    BatchJob: batch.batchJobSchema,
    BatchJobList: batch.batchJobListSchema,
    BatchEvent: batch.batchEventSchema,
    Preset: preset.presetSchema,
    PresetList: preset.presetListSchema,
    Usage: usage.usageSchema,
    Caller: caller.callerSchema,
    WebhookId: webhook.webhookIdSchema,
    Webhook: webhook.webhookSchema,
    WebhookWithSecret: webhook.webhookWithSecretSchema,
    WebhookList: webhook.webhookListSchema,
    WebhookEvent: webhook.webhookEventSchema,
    WebhookPayload: webhook.webhookPayloadSchema,
    Delivery: webhook.deliverySchema,
    DeliveryList: webhook.deliveryListSchema,
    Health: publicApi.healthSchema,
    LeaseId: runnerApi.leaseIdSchema,
    Lease: runnerApi.leaseSchema,
    LeaseStatus: runnerApi.leaseStatusSchema,
    ...submissionSchemas(),
  };
}
