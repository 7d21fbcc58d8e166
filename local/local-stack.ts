/**
 * The deployed stacks on one machine: reads the synthesized templates, makes their queues, tables and buckets on embedded emulators, and
 * runs their functions in processes of their own, fed by their mappings. Nothing of it is known to the deployed code.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Dashboard } from "../shared/dashboards/dashboard.ts";
import { MillraceError } from "../shared/kernel/errors.ts";
import type { PlatformAddress } from "../shared/wire/platform-address.ts";
import { planStacks, type StackView } from "./assembly/plan-stacks.ts";
import { readAssembly } from "./assembly/read-assembly.ts";
import type { HttpRoutePlan } from "./assembly/read-http-api.ts";
import type { QueuePlan } from "./assembly/read-queue.ts";
import { LOCAL_REGION } from "./assembly/resolve.ts";
import { createAddressBook } from "./assembly/resource-address.ts";
import { startDynamoDb } from "./emulators/dynamodb.ts";
import { createDynamoDbCall } from "./emulators/dynamodb-call.ts";
import { ensureTable } from "./emulators/ensure-table.ts";
import { startHousekeeping } from "./emulators/housekeeping.ts";
import { startHttpApiServer } from "./emulators/http-api-server.ts";
import { startLambdaServer } from "./emulators/lambda-server.ts";
import { countsOf, type MessageQueue, type QueueCounts } from "./emulators/message-queue.ts";
import { startMessageServer } from "./emulators/message-server.ts";
import { startMetricServer } from "./emulators/metric-server.ts";
import { startParameterServer } from "./emulators/parameter-server.ts";
import { createQueueSender, startScheduleServer } from "./emulators/schedule-server.ts";
import { createIdleness } from "./idleness.ts";
import type { InvocationResult } from "./lambda/environment.ts";
import type { Endpoints } from "./lambda/environment-variables.ts";
import type { OnLocalEvent } from "./local-event.ts";
import { createMappingSwitches } from "./mapping/mapping-switches.ts";
import { type DashboardPage, startDashboardPage } from "./page/dashboard-page.ts";
import { recordStacks, type StackMetrics } from "./page/record-stacks.ts";
import { createCatalogueCheck } from "./reload/check-catalogue.ts";
import { createWorkerRebuild } from "./reload/rebuild-worker.ts";
import { type Rebuild, reloadOnChange } from "./reload/reload-code.ts";
import { type Outstanding, type RunningFunctions, runFunctions } from "./run-functions.ts";
import { claimStateFile, DATA_OWNER_FILE } from "./state-file.ts";

export interface LocalStackOptions {
	/** The folder that `cdk synth` wrote. */
	readonly assemblyDir: string;
	/** Keeps queues, messages, tables and objects here over restarts. Without it all is gone at the end. */
	readonly dataDir?: string;
	/** Written while the stack runs, so that the CLI finds it; a second start with the same file is refused while the first lives. */
	readonly stateFile?: string;
	/** Bundles a function again when code in `watch` changes, and replaces its environments. */
	readonly hotReload?: boolean;
	/** The module of the catalogue: changed code is used only while its checks hold. */
	readonly catalogueFile?: string;
	/** How a function is bundled again. Default: the project's own bundler, for functions whose Metadata names their entry. */
	readonly rebuild?: Rebuild;
	/** Folders to watch. Default `lambdas` and `shared` of the current folder. */
	readonly watch?: readonly string[];
	/** The port of SQS and S3. Default: any free one. */
	readonly port?: number;
	/** How long `stop` lets running invocations finish. Default 10,000. */
	readonly stopGraceMs?: number;
	/** Shows the dashboards there on the loopback interface, or on a free port where it is taken; 0: on any free one. Absent: not at all. */
	readonly pagePort?: number;
	readonly onEvent?: OnLocalEvent;
}

export interface LocalStack {
	readonly endpoints: Endpoints;
	readonly region: string;
	readonly dynamoDbEmulator: "dynoxide" | "dynalite";
	readonly stacks: Readonly<Record<string, StackView>>;
	/** By stack name, for stacks that hold a Millrace platform. */
	readonly platforms: Readonly<Record<string, PlatformAddress>>;
	/** Where the HTTP API of a stack answers, by stack name. */
	readonly apis: Readonly<Record<string, string>>;
	/** Processes of the execution environments that live now, of one function (by logical id) or all. */
	environmentPids(functionLogicalId?: string): number[];
	/** Resolves when no invocation runs and no mapped queue that is not paused holds a message, be it ready, in flight or delayed. */
	idle(): Promise<void>;
	/** Calls every function that a schedule calls now, beside the schedules. What they answered, by the schedule's logical id. */
	callScheduled(): Promise<Readonly<Record<string, InvocationResult>>>;
	/** By stack, as they were described; empty where there are none. */
	readonly dashboards: Readonly<Record<string, readonly Dashboard[]>>;
	/** Calls the function that answers for the widgets of a stack's dashboards. @throws MillraceError `local-stack-failed` where there is none */
	callWidgets(stack: string, event: unknown): Promise<InvocationResult>;
	/** Where the dashboards are shown; absent without `pagePort`, and where there are none. */
	readonly page: DashboardPage | undefined;
	/** Messages that nothing can take before their time, which `idle` waits for, too. */
	outstanding(): Outstanding;
	undone(): Undone;
	/** Takes no more messages, lets invocations finish, ends every process. May be called more than once. */
	stop(): Promise<void>;
}

/** Messages that a function would be given: in mapped queues, paused ones too, or with a one-time schedule, which counts as a delay. */
export interface Undone extends QueueCounts {
	/** In dead-letter queues: given to nobody, until an operator sends them back. */
	readonly deadLetters: number;
}

const SWEEP_AGAIN_MS = 60_000;

type Cleanup = () => Promise<void> | void;

async function runAll(cleanups: Cleanup[]): Promise<void> {
	const errors: unknown[] = [];
	for (let cleanup = cleanups.pop(); cleanup !== undefined; cleanup = cleanups.pop()) {
		try {
			await cleanup();
		} catch (error) {
			errors.push(error);
		}
	}
	if (errors.length > 0) throw new AggregateError(errors, "The local stack did not stop cleanly");
}

/** Starts everything; when something fails, what was started is stopped again. Throws MillraceErrors that say what to do. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
	const cleanups: Cleanup[] = [];
	try {
		return await start(options, cleanups);
	} catch (error) {
		await runAll(cleanups).catch(() => {});
		throw error;
	}
}

async function start(options: LocalStackOptions, cleanups: Cleanup[]): Promise<LocalStack> {
	let metrics: StackMetrics | undefined;
	const metricServer = await startMetricServer();
	cleanups.push(() => metricServer.stop());
	const onEvent: OnLocalEvent = (event) => {
		metricServer.note(event);
		metrics?.onEvent(event);
		options.onEvent?.(event);
	};
	const dataDir = options.dataDir === undefined ? undefined : resolve(options.dataDir);
	const warned = new Set<string>();
	const warn = (message: string): void => {
		if (warned.has(message)) return;
		warned.add(message);
		onEvent({ type: "warning", message });
	};

	const assembly = await readAssembly(options.assemblyDir);
	const state = options.stateFile === undefined ? undefined : claimStateFile(resolve(options.stateFile));
	if (state !== undefined) cleanups.push(() => state.remove());
	if (dataDir !== undefined) {
		mkdirSync(dataDir, { recursive: true });
		const lock = claimStateFile(join(dataDir, DATA_OWNER_FILE));
		cleanups.push(() => lock.remove());
	}

	const [messageServer, dynamoDb] = await startBoth(
		startMessageServer({ dataDir, port: options.port ?? 0 }),
		startDynamoDb({ dataDir, onLost: warn }),
		cleanups,
	);
	const sendToQueue = createQueueSender(messageServer);
	const scheduleServer = await startScheduleServer({
		dataDir,
		async send(queueArn, body) {
			await sendToQueue(queueArn, body);
			onEvent({ type: "schedule-fired", queueArn });
		},
		onWarning: warn,
	});
	cleanups.push(() => scheduleServer.stop());

	const book = createAddressBook({ stacks: assembly, queueUrl: messageServer.queueUrl });
	const plan = planStacks(assembly, book, warn);
	const switches = createMappingSwitches(plan.mappings, dataDir);
	const classOf = new Map(
		Object.values(plan.platforms)
			.flatMap(({ queues }) => Object.entries(queues))
			.map(([name, { mapping = "" }]) => [mapping, name]),
	);
	for (const [mapping, name] of classOf) {
		if (switches.get(mapping)?.enabled === false)
			warn(`The queue class ${name} is paused: \`millrace resume ${name}\` hands its messages out again.`);
	}
	const lambdaServer = await startLambdaServer(plan.mappings, switches, ({ uuid, enabled, maximumConcurrency }) => {
		const queueClass = classOf.get(uuid);
		if (queueClass === undefined) return;
		onEvent({ type: "class-changed", queueClass, enabled, invocationsMax: maximumConcurrency });
	});
	cleanups.push(() => lambdaServer.stop());
	const parameterServer = await startParameterServer(plan.parameters);
	cleanups.push(() => parameterServer.stop());
	const endpoints: Endpoints = {
		sqs: messageServer.endpoint,
		s3: messageServer.endpoint,
		dynamodb: dynamoDb.endpoint,
		scheduler: scheduleServer.endpoint,
		lambda: lambdaServer.endpoint,
		ssm: parameterServer.endpoint,
		cloudwatch: metricServer.endpoint,
	};
	const queues = new Map<string, MessageQueue>();
	for (const queue of plan.queues) {
		const made = messageServer.ensureQueue(queue);
		queues.set(made.arn, made);
	}
	const deadLetterQueues = plan.queues.flatMap((queue) => queues.get(deadLettersOf(queue) ?? "") ?? []);
	for (const bucket of plan.buckets) messageServer.ensureBucket(bucket.name);
	for (const group of plan.scheduleGroups) scheduleServer.ensureGroup(group);
	for (const { name, request } of plan.ticks) scheduleServer.ensureSchedule(name, request);
	const call = createDynamoDbCall(dynamoDb.endpoint);
	await Promise.all(plan.tables.map((table) => ensureTable(call, table)));
	cleanups.push(startHousekeeping({ call, tables: plan.tables, queues: messageServer.allQueues, onEvent }));

	// Removed after the functions have ended: they may still load chunks from there.
	const worker = createWorkerRebuild(resolve(options.assemblyDir));
	cleanups.push(() => worker.remove());
	const idleness = createIdleness(() => functions.isIdle());
	cleanups.push(() => idleness.stop());
	const functions = runFunctions({
		plan,
		queues,
		endpoints,
		switches,
		onEvent,
		onSettled: idleness.look,
	});
	cleanups.push(() => functions.stop(options.stopGraceMs ?? 10_000));
	const apis = await startHttpApis(plan.httpRoutes, functions, cleanups);
	for (const { queueUrl, body } of plan.onDeploy) await sendToQueue(queueUrl.split("/").at(-1) ?? "", body);

	async function callWidgets(stack: string, event: unknown): Promise<InvocationResult> {
		const found = functions.functions.find(({ source, byHand }) => source.stack === stack && byHand !== undefined);
		if (found?.byHand !== undefined) return found.byHand.call(event);
		throw new MillraceError("local-stack-failed", `The stack ${stack} has no function that answers for widgets.`);
	}
	const hasDashboards = Object.values(plan.dashboards).some((dashboards) => dashboards.length > 0);
	let page: DashboardPage | undefined;
	if (options.pagePort !== undefined && hasDashboards) {
		metrics = recordStacks(plan, [...queues.values()], Date.now);
		const { stop, storeOf } = metrics;
		cleanups.push(() => stop());
		const { dashboards } = plan;
		const shown = await startDashboardPage({ dashboards, storeOf, callWidgets, port: options.pagePort });
		cleanups.push(() => shown.stop());
		page = shown;
	}

	if (options.hotReload === true) {
		const watcher = reloadOnChange({
			functions: functions.functions,
			folders: options.watch ?? ["lambdas", "shared"],
			rebuild: options.rebuild ?? worker.rebuild,
			placeCard: worker.placeCard,
			checkCatalogue: options.catalogueFile === undefined ? undefined : createCatalogueCheck(options.catalogueFile),
			onEvent,
		});
		cleanups.push(() => watcher.stop());
	}

	state?.write({
		pid: process.pid,
		startedAt: new Date().toISOString(),
		region: LOCAL_REGION,
		endpoints: { ...endpoints },
		stacks: Object.fromEntries(
			Object.entries(plan.stacks).map(([name, { outputs }]) => [name, { outputs: { ...outputs } }]),
		),
		apis: { ...apis },
		platforms: { ...plan.platforms },
	});

	async function callScheduled(): Promise<Readonly<Record<string, InvocationResult>>> {
		const calls = functions.functions.flatMap(({ calls: scheduled }) => scheduled);
		return Object.fromEntries(
			await Promise.all(calls.map(async ({ plan: { logicalId }, call }) => [logicalId, await call()] as const)),
		);
	}
	// What came to nothing while this machine was off, ticks of schedules for one, is not found half an hour later only.
	if (dataDir !== undefined) {
		void callScheduled();
		// The sweeper leaves schedules alone whose queue holds messages, and now there are those of the last time.
		const again = setTimeout(() => void callScheduled(), SWEEP_AGAIN_MS);
		cleanups.push(() => clearTimeout(again));
	}

	let stopped: Promise<void> | undefined;
	return {
		endpoints,
		region: LOCAL_REGION,
		dynamoDbEmulator: dynamoDb.emulator,
		stacks: plan.stacks,
		platforms: plan.platforms,
		apis,
		environmentPids: (functionLogicalId) =>
			functions.functions
				.filter(({ source }) => functionLogicalId === undefined || source.functionId === functionLogicalId)
				.flatMap(({ pool }) => pool.pids()),
		idle: idleness.wait,
		callScheduled,
		dashboards: plan.dashboards,
		callWidgets,
		page,
		outstanding: functions.outstanding,
		undone() {
			const counts = functions.counts();
			const letters = countsOf(deadLetterQueues);
			return {
				...counts,
				delayed: counts.delayed + scheduleServer.once(),
				deadLetters: letters.ready + letters.inFlight + letters.delayed,
			};
		},
		stop() {
			stopped ??= runAll(cleanups);
			return stopped;
		},
	};
}

/** The ARN of the queue that takes what this one has received too often. */
function deadLettersOf({ attributes: { RedrivePolicy } }: QueuePlan): string | undefined {
	return RedrivePolicy === undefined
		? undefined
		: (JSON.parse(RedrivePolicy) as { readonly deadLetterTargetArn: string }).deadLetterTargetArn;
}

/** One server for each stack with routes. */
async function startHttpApis(
	routes: readonly HttpRoutePlan[],
	{ functions }: RunningFunctions,
	cleanups: Cleanup[],
): Promise<Readonly<Record<string, string>>> {
	const urls: Record<string, string> = {};
	for (const stack of new Set(routes.map((route) => route.stack))) {
		const own = routes.filter((route) => route.stack === stack);
		const server = await startHttpApiServer(
			own.flatMap(({ routeKey, functionArn }) => {
				const call = functions.find(({ plan }) => plan.arn === functionArn)?.overHttp?.call;
				return call === undefined ? [] : [{ routeKey, call }];
			}),
		);
		cleanups.push(() => server.stop());
		urls[stack] = server.url;
	}
	return urls;
}

/** Both emulators start at the same time; when one fails, the other is still stopped. */
async function startBoth<A extends { stop(): Promise<void> }, B extends { stop(): Promise<void> }>(
	first: Promise<A>,
	second: Promise<B>,
	cleanups: Cleanup[],
): Promise<[A, B]> {
	const [a, b] = await Promise.allSettled([first, second]);
	if (b.status === "fulfilled") cleanups.push(() => b.value.stop());
	if (a.status === "fulfilled") cleanups.push(() => a.value.stop());
	if (a.status === "rejected") throw a.reason;
	if (b.status === "rejected") throw b.reason;
	return [a.value, b.value];
}
