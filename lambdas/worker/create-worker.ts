/**
 * The Lambda handler of a worker group, composed once per cold start: middy at the edge, adapters behind the ports, the engine inside.
 * An entry file names the catalogue, the group and its implementations; nothing else is in its bundle.
 */
import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { createDynamoEffectStore } from "../../shared/aws/dynamo-effect-store.ts";
import { createDynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { createDynamoLimitStore } from "../../shared/aws/dynamo-limit-store.ts";
import { createDynamoSlotStore } from "../../shared/aws/dynamo-slot-store.ts";
import { createEventBridgeScheduler } from "../../shared/aws/eventbridge-scheduler.ts";
import { createS3BlobStore } from "../../shared/aws/s3-blob-store.ts";
import { createSqsQueue } from "../../shared/aws/sqs-queue.ts";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { createSystemRandom } from "../../shared/aws/system-random.ts";
import { createWorkerDynamoDb, createWorkerSqs } from "../../shared/aws/worker-clients.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { WorkerHooks } from "../../shared/job/hooks.ts";
import type { ImplementationsFor, JobImplementation } from "../../shared/job/implementation.ts";
import type { WorkerGroupDefinition } from "../../shared/job/worker-group.ts";
import { invariant } from "../../shared/kernel/errors.ts";
import { plusMs } from "../../shared/kernel/time.ts";
import { readPlatform } from "./environment.ts";
import { queueClassOf, toDeliveredMessage } from "./sqs-event.ts";
import { createJobLog, createWorkerTelemetry } from "./worker-telemetry.ts";

export type WorkerHandler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;

/** @throws MillraceError `configuration-invalid` at import, when the function's environment is not what JobPlatform sets. */
export function createWorker<
	Jobs extends readonly JobDefinition[],
	Groups extends readonly WorkerGroupDefinition[],
	Group extends Groups[number]["name"],
>(
	catalogue: Catalogue<Jobs, Groups>,
	groupName: Group,
	implementations: NoInfer<ImplementationsFor<Catalogue<Jobs, Groups>, Group>>,
	hooks?: WorkerHooks,
): WorkerHandler {
	const group = catalogue.workerGroups.find((candidate) => candidate.name === groupName);
	invariant(group !== undefined, "the type of groupName admits only groups of the catalogue");
	const platform = readPlatform(process.env);
	const logger = new Logger();
	const metrics = new Metrics();
	const telemetry = createWorkerTelemetry(logger, metrics, (name) => catalogue.findJob(name)?.name === name);
	const clock = createSystemClock();
	const dynamodb = createWorkerDynamoDb();
	const parts: WorkerParts = {
		catalogue,
		// The mapped type has checked each implementation against its own job; the engine knows them by name.
		implementations: implementations as Readonly<Record<string, JobImplementation<JobDefinition>>>,
		runConcurrency: group.runConcurrency,
		store: createDynamoJobStore({ client: dynamodb, tableName: platform.table, clock }),
		effects: createDynamoEffectStore({ client: dynamodb, tableName: platform.table }),
		limits: createDynamoLimitStore({ client: dynamodb, tableName: platform.table }),
		slots: createDynamoSlotStore({ client: dynamodb, tableName: platform.table }),
		queue: createSqsQueue({ client: createWorkerSqs(), address: platform }),
		...(platform.schedules === undefined
			? {}
			: {
					scheduler: createEventBridgeScheduler({
						address: platform,
						schedules: platform.schedules,
						lender: dynamodb,
						clock,
					}),
				}),
		blobs: createS3BlobStore({ bucket: platform.bucket, lender: dynamodb, clock }),
		clock,
		random: createSystemRandom(),
		telemetry,
		...(hooks === undefined ? {} : { hooks }),
		logFor: (run) => createJobLog(logger, run),
	};

	return middy<SQSEvent, SQSBatchResponse>()
		.before(({ context }) => logger.addContext(context))
		.after(() => telemetry.publish())
		.onError(({ error }) => {
			telemetry.publish();
			// Rethrown by middy: the whole batch comes back after its visibility timeout.
			logger.error("The invocation failed as a whole", error as Error);
		})
		.handler(async (event, context): Promise<SQSBatchResponse> => {
			const answer = await runBatch(parts, {
				queueClass: queueClassOf(event, platform),
				messages: event.Records.map(toDeliveredMessage),
				invocationEndsAt: plusMs(clock.now(), context.getRemainingTimeInMillis()),
			});
			return { batchItemFailures: answer.keptMessageIds.map((itemIdentifier) => ({ itemIdentifier })) };
		});
}
