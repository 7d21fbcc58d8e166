/**
 * The Lambda handler of a worker group, composed once per cold start: middy at the edge, adapters behind the ports, the engine inside.
 * An entry file names the catalogue, the group and its implementations; nothing else is in its bundle.
 */
import middy from "@middy/core";
import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { createDynamoBreakerStore } from "../../shared/aws/dynamo-breaker-store.ts";
import { createDynamoDebounceStore } from "../../shared/aws/dynamo-debounce-store.ts";
import { createDynamoEffectStore } from "../../shared/aws/dynamo-effect-store.ts";
import { createDynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { createDynamoLimitStore } from "../../shared/aws/dynamo-limit-store.ts";
import { createDynamoResultCache } from "../../shared/aws/dynamo-result-cache.ts";
import { createDynamoSlotStore } from "../../shared/aws/dynamo-slot-store.ts";
import { createDynamoTickNotes } from "../../shared/aws/dynamo-tick-notes.ts";
import { createEventBridgeScheduler } from "../../shared/aws/eventbridge-scheduler.ts";
import { createQueueOverSqs } from "../../shared/aws/queue-over-sqs.ts";
import { createS3BlobStore } from "../../shared/aws/s3-blob-store.ts";
import { createSystemClock } from "../../shared/aws/system-clock.ts";
import { createSystemRandom } from "../../shared/aws/system-random.ts";
import { createWorkerDynamoDb, createWorkerSqs } from "../../shared/aws/worker-clients.ts";
import type { Catalogue } from "../../shared/catalogue/define-catalogue.ts";
import { createBreakers } from "../../shared/engine/breaker/breakers.ts";
import { runBatch } from "../../shared/engine/run-batch.ts";
import type { WorkerParts } from "../../shared/engine/worker-parts.ts";
import type { JobDefinition } from "../../shared/job/define-job.ts";
import type { WorkerHooks } from "../../shared/job/hooks.ts";
import type { ImplementationsFor, JobImplementation } from "../../shared/job/implementation.ts";
import type { Resource } from "../../shared/job/resource.ts";
import type { WorkerGroupDefinition } from "../../shared/job/worker-group.ts";
import { invariant } from "../../shared/kernel/errors.ts";
import { plusMs } from "../../shared/kernel/time.ts";
import { createLogLines } from "../log/log-lines.ts";
import { prepareEnd } from "./end-of-process.ts";
import { readPlatform, readTracing } from "./environment.ts";
import { createMetricLines } from "./metric-lines.ts";
import { queueClassOf, toDeliveredMessage } from "./sqs-event.ts";
import { createJobLog, createWorkerTelemetry } from "./worker-telemetry.ts";
import { createDaemonSender, createXraySpans } from "./xray-spans.ts";

/** A team's hooks, and what its runs share. */
export interface WorkerOptions extends WorkerHooks {
	/** Started at the cold start already; without being waited for, so that the first run that asks waits for the rest. Others are when they are asked for. */
	readonly resources?: readonly Resource<unknown>[];
}

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
	{ resources = [], ...hooks }: WorkerOptions = {},
): WorkerHandler {
	const group = catalogue.workerGroups.find((candidate) => candidate.name === groupName);
	invariant(group !== undefined, "the type of groupName admits only groups of the catalogue");
	const platform = readPlatform(process.env);
	const logger = createLogLines(process.env);
	const metrics = createMetricLines(process.env);
	const tracing = readTracing(process.env);
	const telemetry = createWorkerTelemetry(
		logger,
		metrics,
		(name) => catalogue.findJob(name)?.name === name,
		tracing === undefined ? undefined : createXraySpans(createDaemonSender(tracing.daemon), process.env),
	);
	const clock = createSystemClock();
	const dynamodb = createWorkerDynamoDb(clock);
	const random = createSystemRandom();
	const breakers = createDynamoBreakerStore({ client: dynamodb, tableName: platform.table });
	const parts: WorkerParts = {
		catalogue,
		// The mapped type has checked each implementation against its own job; the engine knows them by name.
		implementations: implementations as Readonly<Record<string, JobImplementation<JobDefinition>>>,
		runConcurrency: group.runConcurrency,
		store: createDynamoJobStore({ client: dynamodb, tableName: platform.table, clock }),
		effects: createDynamoEffectStore({ client: dynamodb, tableName: platform.table }),
		cache: createDynamoResultCache({ client: dynamodb, tableName: platform.table, clock }),
		limits: createDynamoLimitStore({ client: dynamodb, tableName: platform.table }),
		breakers: createBreakers({ store: breakers, clock, random, telemetry }, catalogue),
		slots: createDynamoSlotStore({ client: dynamodb, tableName: platform.table }),
		debounce: createDynamoDebounceStore({ client: dynamodb, tableName: platform.table }),
		schedules: createDynamoTickNotes({ client: dynamodb, tableName: platform.table }),
		queue: createQueueOverSqs({ sqs: createWorkerSqs({ lender: dynamodb, clock }), address: platform }),
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
		random,
		telemetry,
		...(Object.keys(hooks).length === 0 ? {} : { hooks }),
		...(tracing === undefined ? {} : { tracing }),
		logFor: (trail) => createJobLog(logger, trail),
	};

	const ending = prepareEnd((resource, error) =>
		logger.error(`Resource "${resource}" could not be stopped`, undefined, { error }),
	);
	// One that fails is started again by the first run that asks for it, which is told.
	for (const resource of resources) resource.get().catch(() => {});

	const handle = middy<SQSEvent, SQSBatchResponse>()
		.before(({ context }) => logger.enter(context))
		.after(() => telemetry.publish())
		.onError(async ({ error }) => {
			// Rethrown by middy: the whole batch comes back after its visibility timeout.
			logger.error("The invocation failed as a whole", undefined, { error });
			await telemetry.publish();
		})
		.handler(async (event, context): Promise<SQSBatchResponse> => {
			const answer = await runBatch(parts, {
				queueClass: queueClassOf(event, platform),
				messages: event.Records.map(toDeliveredMessage),
				invocationEndsAt: plusMs(clock.now(), context.getRemainingTimeInMillis()),
			});
			return { batchItemFailures: answer.keptMessageIds.map((itemIdentifier) => ({ itemIdentifier })) };
		});
	return (event, context) => ending.during(() => handle(event, context));
}
