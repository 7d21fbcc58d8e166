/**
 * A platform on the embedded emulators behind a wire that counts: the production worker of each group, a client and an operator. The test
 * plays Lambda: it receives batches, invokes and deletes, and these requests are counted too, since AWS bills them to the account.
 */
import type { Context } from "aws-lambda";
import type { WorkerHandler } from "../../../lambdas/worker/create-worker.ts";
import { startDynamoDb } from "../../../local/emulators/dynamodb.ts";
import { startMessageServer } from "../../../local/emulators/message-server.ts";
import { createQueueSender, startScheduleServer } from "../../../local/emulators/schedule-server.ts";
import type { Counted } from "../../../scripts/cost/counted.ts";
import { openPlatform } from "../../../shared/aws/open-platform.ts";
import { createClient } from "../../../shared/client/client.ts";
import { createOperator } from "../../../shared/client/operator.ts";
import type { JobContext, Overlap } from "../../../shared/job/index.ts";
import { epochMs, toIso } from "../../../shared/kernel/time.ts";
import type { PlatformAddress } from "../../../shared/wire/platform-address.ts";
import { SCHEDULED_TIME, tickMessage } from "../../../shared/wire/tick-message.ts";
import { createRunsTable, localAccess, runsTableClient } from "../emulators.ts";
import { type CostJob, costCatalogue, costJobs, costSchedule } from "./catalogue.ts";
import { startMeteredWire, type WireUsage } from "./metered-wire.ts";
import { jump, moveTime, watchWire } from "./passing-clock.ts";
import { createWorkers } from "./workers.ts";

const VISIBILITY_SECONDS = 120;
const MINUTE_MS = 60_000;
const GROUP = "runs";
const account = "000000000000";
const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:${account}:${name}`;
export type QueueName = "plain" | "capped" | "patient";
const timeoutSeconds: Readonly<Record<QueueName, number>> = { plain: 60, capped: 60, patient: 900 };

/** What a run does until the test says otherwise. */
const nothing = async (_: JobContext): Promise<object> => {
	// No work takes no time.
	jump(2);
	return {};
};

export interface Delivered {
	readonly handles: readonly string[];
	/** Resolves when the invocation has answered. */
	readonly answered: Promise<void>;
}

export type CostWorld = Awaited<ReturnType<typeof startCostWorld>>;

export async function startCostWorld() {
	moveTime();
	const lost = (message: string): never => {
		throw new Error(message);
	};
	const [messages, database] = await Promise.all([
		startMessageServer({ dataDir: undefined, port: 0 }),
		startDynamoDb({ dataDir: undefined, emulator: "dynoxide", onLost: lost }),
	]);
	const observer = runsTableClient(database.endpoint);
	const table = await createRunsTable(observer);
	const sender: { send: (arn: string, body: string) => Promise<void> } = { send: async () => {} };
	let fired = 0;
	const schedules = await startScheduleServer({
		dataDir: undefined,
		send: async (arn, body) => {
			fired++;
			await sender.send(arn, body);
		},
		onWarning: lost,
	});
	schedules.ensureGroup(GROUP);
	const upstreams = {
		sqs: messages.endpoint,
		s3: messages.endpoint,
		dynamodb: database.endpoint,
		scheduler: schedules.endpoint,
		// What an operator asks of Lambda is not billed.
		lambda: "http://127.0.0.1:1",
	};
	const wire = await startMeteredWire(upstreams, observer, table);
	watchWire(() => wire.busy > 0);
	sender.send = createQueueSender({ endpoint: wire.endpoints.sqs, queueUrl: messages.queueUrl });

	const names: readonly QueueName[] = ["plain", "capped", "patient"];
	const queues = new Map(
		names.map((name) => {
			messages.ensureQueue(planOf(`${name}-dead`, {}));
			const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arnOf(`${name}-dead`), maxReceiveCount: 100 });
			return [
				name,
				messages.ensureQueue(planOf(name, { VisibilityTimeout: String(VISIBILITY_SECONDS), RedrivePolicy })),
			] as const;
		}),
	);
	messages.ensureBucket("payloads");
	const address: PlatformAddress = {
		table,
		bucket: "payloads",
		queues: Object.fromEntries(
			names.map((name) => [name, { url: messages.queueUrl(name), deadLetterUrl: messages.queueUrl(`${name}-dead`) }]),
		),
		schedules: { group: GROUP, roleArn: `arn:aws:iam::${account}:role/Scheduler` },
	};
	const access = { ...localAccess, endpoints: wire.endpoints };
	const platform = openPlatform(address, access);
	const world = {
		wire,
		platform,
		/** As if there were no wire: nothing of it is counted. */
		uncounted: openPlatform(address, { ...access, endpoints: upstreams }),
		client: createClient({ ...platform, catalogue: costCatalogue }),
		operator: createOperator({ ...platform, catalogue: costCatalogue }),
		/** What each run does. */
		perform: nothing,
		enqueue,
		tick,
		deliver,
		remove,
		drain,
		count,
		uncountedly,
		async stop() {
			await wire.stop();
			observer.destroy();
			await Promise.all([schedules.stop(), messages.stop(), database.stop()]);
		},
	};
	let invocations = 0;
	const handlers: Readonly<Record<QueueName, WorkerHandler>> = createWorkers(address, wire.endpoints, (context) =>
		world.perform(context),
	);

	/** As a producer does: ten in a request, or each by itself. */
	async function enqueue(
		job: CostJob,
		runs: number,
		batch: number,
		options: (nth: number) => object = () => ({}),
	): Promise<readonly string[]> {
		const items = Array.from({ length: runs }, (_, nth) => ({ input: {}, ...options(nth) }));
		const definition = costJobs[job];
		if (batch > 1) return (await world.client.enqueueMany(definition, items)).map(({ id }) => id);
		const ids: string[] = [];
		for (const { input, ...rest } of items) {
			ids.push((await world.client.enqueue(definition, input, rest)).id);
			// No two are of the same moment.
			jump(1);
		}
		return ids;
	}

	/** As EventBridge does when so many schedules of the catalogue were due so long ago: each message by itself. */
	async function tick(overlap: Overlap, schedules: number, minutesAgo = 0): Promise<void> {
		const at = toIso(epochMs((Math.floor(Date.now() / MINUTE_MS) - minutesAgo) * MINUTE_MS));
		for (let nth = 0; nth < schedules; nth++) {
			fired++;
			const body = tickMessage({ name: costSchedule(overlap, nth), job: costJobs.ticked_task.name, input: {} });
			await sender.send(arnOf("plain"), body.replace(SCHEDULED_TIME, at));
		}
	}

	/** Receives up to so many messages and invokes the function with them. */
	async function deliver(name: QueueName, batch: number): Promise<Delivered> {
		const received = await platform.operator.receive(
			{ queueClass: name, queue: "main" },
			{ max: batch, visibilitySeconds: VISIBILITY_SECONDS, waitSeconds: 0 },
		);
		invocations++;
		const endsAt = Date.now() + timeoutSeconds[name] * 1_000;
		const event = {
			Records: received.map(({ messageId, receiptHandle, body, receiveCount, sentAt }) => ({
				messageId,
				receiptHandle,
				body,
				attributes: {
					ApproximateReceiveCount: String(receiveCount),
					SentTimestamp: String(Date.parse(sentAt)),
					SenderId: account,
					ApproximateFirstReceiveTimestamp: "0",
				},
				messageAttributes: {},
				md5OfBody: "",
				eventSource: "aws:sqs",
				eventSourceARN: arnOf(name),
				awsRegion: "us-east-1",
			})),
		};
		const answered = handlers[name](event, contextUntil(endsAt)).then(({ batchItemFailures }) => {
			if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} messages were kept`);
		});
		return { handles: received.map(({ receiptHandle }) => receiptHandle), answered };
	}

	function remove(name: QueueName, handles: readonly string[]): Promise<void> {
		return platform.operator.remove({ queueClass: name, queue: "main" }, handles);
	}

	/** Until the queue holds nothing; waits out delays. `sideBySide`: invocations at the same time. */
	async function drain(name: QueueName, batch: number, sideBySide = 1): Promise<void> {
		const queue = queues.get(name);
		for (let counts = queue?.counts(); counts !== undefined; counts = queue?.counts()) {
			if (counts.ready + counts.delayed + counts.inFlight === 0) return;
			if (counts.ready === 0) jump(Math.max(0, (queue?.allReadyAtMs() ?? 0) - Date.now() + 1));
			const deliveries = await Promise.all(Array.from({ length: sideBySide }, () => deliver(name, batch)));
			await Promise.all(
				deliveries.map(async ({ handles, answered }) => {
					await answered;
					await remove(name, handles);
				}),
			);
		}
	}

	/** What `act` used, for each of `runs`. */
	async function count(runs: number, act: () => Promise<unknown>): Promise<Counted> {
		wire.reset();
		invocations = 0;
		fired = 0;
		await act();
		return perRun(wire.usage(), { invocations, fired, runs });
	}

	/** A part of what is being counted that is somebody else's. */
	async function uncountedly(act: () => Promise<unknown>): Promise<void> {
		const before = invocations;
		wire.counts(false);
		await act();
		wire.counts(true);
		invocations = before;
	}

	return world;
}

function perRun(
	usage: WireUsage,
	more: { readonly invocations: number; readonly fired: number; readonly runs: number },
): Counted {
	const { writeUnits: units, readUnits, requests } = usage;
	// Two counts of the same writes. The emulator tells nothing of refused ones, the pictures nothing of those that change nothing.
	const byRules = units.table + units.index - units.refused;
	const byEmulator = units.emulatorTable + units.emulatorIndex;
	if (byRules > byEmulator) throw new Error(`${byRules} write units by AWS's rules, ${byEmulator} by the emulator`);
	const sum = (pattern: RegExp): number =>
		Object.entries(requests).reduce((total, [name, made]) => total + (pattern.test(name) ? made : 0), 0);
	const each = (total: number): number => Math.round((total / more.runs) * 1e6) / 1e6;
	return {
		invocations: each(more.invocations),
		sqs: each(sum(/^sqs\./)),
		dynamodb: each(sum(/^dynamodb\./)),
		writeUnits: each(byEmulator + units.refused),
		readUnits: each(readUnits),
		s3Puts: each(sum(/^s3\.PUT/)),
		s3Gets: each(sum(/^s3\.(GET|HEAD)/)),
		scheduled: each(more.fired),
	};
}

const planOf = (name: string, attributes: Readonly<Record<string, string>>) => ({
	stack: "Cost",
	logicalId: name,
	name,
	attributes,
});

export function contextUntil(endsAtMs: number): Context {
	return {
		awsRequestId: "request",
		callbackWaitsForEmptyEventLoop: true,
		functionName: "cost",
		functionVersion: "$LATEST",
		invokedFunctionArn: `arn:aws:lambda:us-east-1:${account}:function:cost`,
		memoryLimitInMB: "512",
		logGroupName: "/aws/lambda/cost",
		logStreamName: "cost",
		getRemainingTimeInMillis: () => endsAtMs - Date.now(),
		done: () => undefined,
		fail: () => undefined,
		succeed: () => undefined,
	};
}
