/**
 * The main job: registers a pipeline for each series, sends one message for each execution, waits until the platform has performed all of
 * them and the checks that they enqueue, and reads what was found. Everything goes through the platform; only the findings are read
 * from the application's own table.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createAnomalyStore } from "../../lambdas/jobs/observability/store/anomalies.ts";
import { createDynamoTable } from "../../lambdas/jobs/observability/store/dynamo-table.ts";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { createClient } from "../../shared/client/client.ts";
import { epochMs } from "../../shared/job/index.ts";
import { anomalySettingsSchema } from "../../shared/jobs/observability/anomaly.ts";
import { detectAnomaliesTask } from "../../shared/jobs/observability/detect-anomalies-task.ts";
import { pipelineExecutionRecordTask } from "../../shared/jobs/observability/pipeline-execution-record-task.ts";
import { pipelineRegisterTask } from "../../shared/jobs/observability/pipeline-register-task.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { type RunId, runIdFromKey } from "../../shared/kernel/ids.ts";
import { isTerminal } from "../../shared/wire/run-states.ts";
import type { LocalStack } from "../local-stack.ts";
import type { Detection } from "./evaluate.ts";
import { type SeriesPipeline, toMessages } from "./executions.ts";
import { describeWait } from "./live-progress.ts";
import { untilDone } from "./until-done.ts";

/** Both methods, so that they can be compared; everything else as it is for any pipeline. The same for all series. */
export const mainJobSettings = anomalySettingsSchema.parse({ methods: ["z-score", "robust"] });

/** Messages handed to the client at once: small enough that progress moves and Ctrl-C is heard. */
const SLICE = 500;
const REGISTER_TIMEOUT_SECONDS = 60;
const STACK_NAME = "Millrace";

/**
 * The checks' own rate of 15/s spares a production database. Here they would take half an hour, so an operator's rate stands in its place
 * until they are done, set as anyone would set it.
 */
const CHECK_RATE = "5000/s";

export interface MainJobHooks {
	readonly signal: AbortSignal;
	/** The stack may hold runs of an earlier start. */
	readonly kept?: boolean;
	/** Executions that an earlier start has recorded and checked; they are not sent. */
	readonly onEarlier?: (count: number) => void;
	readonly onSent: (count: number) => void;
	/** Something to be told to whoever watches. */
	readonly onNote: (text: string) => void;
}

export interface MainJobOutcome {
	/** By pipeline. */
	readonly detections: ReadonlyMap<number, readonly Detection[]>;
	readonly runs: number;
	/** Of the runs, those that had ended before: they are not performed again. */
	readonly earlier: number;
	/** Runs that did not end as SUCCESS. */
	readonly failed: readonly { readonly id: string; readonly state: string; readonly reason: string }[];
}

/** @throws the signal's reason when it aborts. */
export async function runMainJob(
	stack: LocalStack,
	pipelines: readonly SeriesPipeline[],
	hooks: MainJobHooks,
): Promise<MainJobOutcome> {
	const access = {
		region: stack.region,
		credentials: { accessKeyId: "local", secretAccessKey: "local" },
		endpoints: stack.endpoints,
	};
	const address = stack.platforms[STACK_NAME];
	const tableName = stack.stacks[STACK_NAME]?.outputs["ObservabilityTable"];
	if (address === undefined || tableName === undefined) {
		throw new MillraceError("platform-not-found", `The stack "${STACK_NAME}" is not in what cdk/app.ts synthesized.`);
	}
	const client = createClient({ catalogue, ...openPlatform(address, access) });

	const { limiter } = await client.limits.set(detectAnomaliesTask.name, CHECK_RATE);
	hooks.onNote(
		`The rate limit of ${limiter} is raised to ${CHECK_RATE} until they are checked: millrace limits set ${limiter} ${CHECK_RATE}`,
	);

	const registered = await client.enqueueMany(
		pipelineRegisterTask,
		pipelines.map(({ pipeline, series }) => ({
			input: { pipeline_id: pipeline, name: series.name, anomaly: mainJobSettings },
		})),
	);
	for (const { id } of registered) {
		const { state } = await client.wait(id, { timeoutSeconds: REGISTER_TIMEOUT_SECONDS, signal: hooks.signal });
		if (state !== "SUCCESS") {
			throw new MillraceError("local-stack-failed", `Registering a pipeline ended as ${state}: run ${id}.`);
		}
	}

	const messages = toMessages(pipelines);
	const runsOf = ({ key }: { readonly key: string }): readonly RunId[] => [
		runIdFromKey(pipelineExecutionRecordTask.name, key),
		runIdFromKey(detectAnomaliesTask.name, key),
	];
	const ids = messages.flatMap(runsOf);
	const before = hooks.kept === true ? await client.statusMany(ids) : [];
	const ended = new Set(before.filter(({ state }) => isTerminal(state)).map(({ id }) => id));
	const earlier = ended.size;
	if (earlier > 0)
		hooks.onNote(
			`${earlier} of the ${ids.length} runs were performed by an earlier start with this data, and will not be again.`,
		);
	const open = messages.filter((message) => !runsOf(message).every((id) => ended.has(id)));
	hooks.onEarlier?.(messages.length - open.length);
	for (let start = 0; start < open.length; start += SLICE) {
		hooks.signal.throwIfAborted();
		const slice = open.slice(start, start + SLICE);
		await client.enqueueMany(pipelineExecutionRecordTask, slice);
		hooks.onSent(start + slice.length);
	}

	const left = await untilDone(stack, {
		runs: ids,
		remaining: async (runs) =>
			(await client.statusMany(runs)).filter(({ state }) => !isTerminal(state)).map(({ id }) => id),
		signal: hooks.signal,
	});
	await client.limits.restore(limiter);
	const others = describeWait(left, Date.now());
	if (others !== undefined) hooks.onNote(`All runs of the main job have ended; the stack holds others: ${others}.`);
	const views = await client.statusMany(ids);
	const failed = views
		.filter(({ state }) => state !== "SUCCESS")
		.map((view) => ({
			id: view.id,
			state: view.state,
			reason: "exc_message" in view.meta ? view.meta.exc_message : "",
		}));

	const dynamodb = new DynamoDBClient({
		...access,
		endpoint: access.endpoints.dynamodb,
		// Whatever the user's own profile says of AWS's endpoints.
		useFipsEndpoint: false,
		useDualstackEndpoint: false,
	});
	const found = createAnomalyStore(createDynamoTable(dynamodb, tableName));
	const detections = new Map<number, readonly Detection[]>();
	for (const { pipeline, points } of pipelines) {
		const anomalous = await found.list(pipeline, points[0]?.at ?? epochMs(0), points.at(-1)?.at ?? epochMs(0));
		detections.set(
			pipeline,
			anomalous.flatMap(({ endedAt, anomalies }) => anomalies.map(({ method }) => ({ at: endedAt, method }))),
		);
	}
	dynamodb.destroy();
	return { detections, runs: ids.length, earlier, failed };
}
