/** Runs the functions of a plan: one pool of environments a function, its mappings and schedules, and the reload of changed code. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalPlan } from "./assembly/plan-stacks.ts";
import type { FunctionPlan } from "./assembly/read-function.ts";
import type { MappingPlan } from "./assembly/read-mapping.ts";
import { countsOf, type MessageQueue, type QueueCounts } from "./emulators/message-queue.ts";
import { createDirectCall, type DirectCall } from "./lambda/direct-call.ts";
import { createEnvironmentPool, type EnvironmentPool } from "./lambda/environment-pool.ts";
import type { Endpoints } from "./lambda/environment-variables.ts";
import { createScheduledCall, type ScheduledCall } from "./lambda/scheduled-call.ts";
import type { FunctionRef, OnLocalEvent } from "./local-event.ts";
import { createEventSourceMapping, type EventSourceMapping } from "./mapping/event-source-mapping.ts";
import type { MappingSwitches } from "./mapping/mapping-switches.ts";

export interface RunningFunction {
	readonly plan: FunctionPlan;
	readonly source: FunctionRef;
	readonly pool: EnvironmentPool;
	readonly mappings: readonly EventSourceMapping[];
	readonly calls: readonly ScheduledCall[];
	/** Of a function that people call. */
	readonly byHand: DirectCall | undefined;
	/** Of a function that an HTTP API calls. */
	readonly overHttp: DirectCall | undefined;
}

/** Messages of the mapped queues, paused ones apart, that nothing can take before their time. */
export interface Outstanding {
	/** Received by some process, perhaps one that is gone, and neither deleted nor given back. */
	readonly inFlight: number;
	readonly delayed: number;
	/** When the last of them is ready again, if nothing else happens; 0 when there are none. */
	readonly untilMs: number;
}

export interface RunningFunctions {
	readonly functions: readonly RunningFunction[];
	/** No invocation runs, and no mapped queue that is not paused holds a message: ready, in flight or delayed. */
	readonly isIdle: () => boolean;
	readonly outstanding: () => Outstanding;
	/** Everything in the mapped queues, paused ones too. */
	readonly counts: () => QueueCounts;
	stop(graceMs: number): Promise<void>;
}

/** Environments of a function that people or an HTTP API call: they wait for each other rather than take what the workers need. */
const BY_HAND_CONCURRENCY = 2;

/** The environments' program without its types: a plain file starts in half the time and a quarter less memory. */
function writeProgram(folder: string): string {
	const source = readFileSync(new URL("lambda/environment-process.ts", import.meta.url), "utf8");
	const program = join(folder, "environment-process.mjs");
	writeFileSync(program, stripTypes(source));
	return program;
}

/** Node's own stripping, as it does for this file, without its warning that calling it by name is experimental. */
function stripTypes(source: string): string {
	const { emitWarning } = process;
	process.emitWarning = () => {};
	try {
		return stripTypeScriptTypes(source);
	} finally {
		process.emitWarning = emitWarning;
	}
}

function codeFolder(plan: FunctionPlan, scratch: string): string {
	if ("directory" in plan.code) return plan.code.directory;
	const folder = join(scratch, plan.name);
	mkdirSync(folder, { recursive: true });
	const file = plan.handler.slice(0, plan.handler.lastIndexOf("."));
	// Inline code is CommonJS on Lambda unless it says otherwise.
	const extension = /^\s*(import|export)\s/m.test(plan.code.inline) ? "mjs" : "cjs";
	writeFileSync(join(folder, `${file}.${extension}`), plan.code.inline);
	return folder;
}

export function runFunctions(options: {
	readonly plan: LocalPlan;
	/** By ARN. */
	readonly queues: ReadonlyMap<string, MessageQueue>;
	readonly endpoints: Endpoints;
	readonly switches: MappingSwitches;
	readonly onEvent: OnLocalEvent | undefined;
	readonly onSettled: () => void;
}): RunningFunctions {
	const { plan, switches, onEvent, onSettled } = options;
	const scratch = mkdtempSync(join(tmpdir(), "millrace-"));
	const program = writeProgram(scratch);
	const mappedQueues: { readonly queue: MessageQueue; readonly isEnabled: () => boolean }[] = [];
	/** A paused queue holds its messages for as long as an operator wants: nothing of it is under way. */
	const fedQueues = (): MessageQueue[] => mappedQueues.filter((mapped) => mapped.isEnabled()).map(({ queue }) => queue);

	const functions = plan.functions.map((functionPlan): RunningFunction => {
		const source: FunctionRef = { stack: functionPlan.stack, functionId: functionPlan.logicalId };
		const plans = plan.mappings.filter((mapping) => mapping.functionArn === functionPlan.arn);
		const schedules = plan.schedules.filter((schedule) => schedule.functionArn === functionPlan.arn);
		const isOwn = ({ functionArn }: { readonly functionArn: string }): boolean => functionArn === functionPlan.arn;
		const isCalledByHand = plan.calledByHand.some(isOwn);
		const isRouted = plan.httpRoutes.some(isOwn);
		const sizeOf = ({ uuid, maximumConcurrency }: MappingPlan): number =>
			switches.get(uuid)?.maximumConcurrency ?? maximumConcurrency;
		const wanted = (): number =>
			plans.reduce(
				(sum, mapping) => sum + sizeOf(mapping),
				schedules.length + (isCalledByHand || isRouted ? BY_HAND_CONCURRENCY : 0),
			);
		const pool = createEnvironmentPool({
			plan: functionPlan,
			source,
			directory: codeFolder(functionPlan, scratch),
			concurrencyMax: () => Math.min(wanted(), functionPlan.reservedConcurrency ?? Number.POSITIVE_INFINITY),
			program,
			endpoints: options.endpoints,
			onEvent,
		});
		const mappings = plans.flatMap((mapping) => {
			const queue = options.queues.get(mapping.queueArn);
			if (queue === undefined) return [];
			const isEnabled = (): boolean => switches.get(mapping.uuid)?.enabled === true;
			mappedQueues.push({ queue, isEnabled });
			const concurrencyMax = (): number => sizeOf(mapping);
			const running = createEventSourceMapping({
				...{ plan: mapping, queue, pool, source, onEvent, isEnabled, concurrencyMax, onSettled },
			});
			queue.onReady(running.pump);
			switches.onSwitched(mapping.uuid, running.obey);
			return [running];
		});
		const calls = schedules.map((schedule) => createScheduledCall({ plan: schedule, pool, source, onEvent }));
		const byHand = isCalledByHand ? createDirectCall({ pool, source, onEvent }) : undefined;
		const overHttp = isRouted ? createDirectCall({ pool, source, onEvent }) : undefined;
		const callers = [...mappings, ...calls, ...[byHand, overHttp].filter((caller) => caller !== undefined)];
		// Each time another mapping is asked first, so that a full queue does not keep a function from its other queues.
		let first = 0;
		pool.serve({
			demand: () => callers.reduce((sum, caller) => sum + caller.demand(), 0),
			onFree() {
				first = (first + 1) % Math.max(1, callers.length);
				for (let offset = 0; offset < callers.length; offset++) callers[(first + offset) % callers.length]?.pump();
			},
		});
		return { plan: functionPlan, source, pool, mappings, calls, byHand, overHttp };
	});

	return {
		functions,
		isIdle: () =>
			functions.every(({ mappings }) => mappings.every((mapping) => mapping.running() === 0)) &&
			fedQueues().every((queue) => {
				const { ready, inFlight, delayed } = queue.counts();
				return ready + inFlight + delayed === 0;
			}),
		outstanding() {
			const fed = fedQueues();
			const { inFlight, delayed } = countsOf(fed);
			return {
				...{ inFlight, delayed },
				untilMs: Math.max(0, ...fed.map((queue) => queue.allReadyAtMs())),
			};
		},
		counts: () => countsOf(mappedQueues.map(({ queue }) => queue)),
		async stop(graceMs) {
			for (const { mappings, calls, byHand, overHttp } of functions) {
				for (const caller of [...mappings, ...calls]) caller.stop();
				byHand?.stop();
				overHttp?.stop();
			}
			await Promise.all(functions.map(({ pool }) => pool.stop(graceMs)));
			rmSync(scratch, { recursive: true, force: true });
		},
	};
}
