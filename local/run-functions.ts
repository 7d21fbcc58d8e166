/** Runs the functions of a plan: one pool of environments a function, its mappings, and the reload of changed code. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LocalPlan } from "./assembly/plan-stacks.ts";
import type { FunctionPlan } from "./assembly/read-function.ts";
import type { MessageQueue } from "./emulators/message-queue.ts";
import { createEnvironmentPool, type EnvironmentPool } from "./lambda/environment-pool.ts";
import type { Endpoints } from "./lambda/environment-variables.ts";
import type { FunctionRef, OnLocalEvent } from "./local-event.ts";
import { createEventSourceMapping, type EventSourceMapping } from "./mapping/event-source-mapping.ts";

export interface RunningFunction {
	readonly plan: FunctionPlan;
	readonly source: FunctionRef;
	readonly pool: EnvironmentPool;
	readonly mappings: readonly EventSourceMapping[];
}

/** Messages of the mapped queues that nothing can take before their time. */
export interface Outstanding {
	/** Received by some process, perhaps one that is gone, and neither deleted nor given back. */
	readonly inFlight: number;
	readonly delayed: number;
	/** When the last of them is ready again, if nothing else happens; 0 when there are none. */
	readonly untilMs: number;
}

export interface RunningFunctions {
	readonly functions: readonly RunningFunction[];
	/** No invocation runs, and no mapped queue holds a message: ready, in flight or delayed. */
	readonly isIdle: () => boolean;
	readonly outstanding: () => Outstanding;
	stop(graceMs: number): Promise<void>;
}

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
	readonly onEvent: OnLocalEvent | undefined;
	readonly onSettled: () => void;
}): RunningFunctions {
	const { plan, onEvent, onSettled } = options;
	const scratch = mkdtempSync(join(tmpdir(), "millrace-"));
	const program = writeProgram(scratch);
	const mappedQueues: MessageQueue[] = [];

	const functions = plan.functions.map((functionPlan): RunningFunction => {
		const source: FunctionRef = { stack: functionPlan.stack, functionId: functionPlan.logicalId };
		const plans = plan.mappings.filter((mapping) => mapping.enabled && mapping.functionArn === functionPlan.arn);
		const wanted = plans.reduce((sum, mapping) => sum + mapping.maximumConcurrency, 0);
		const pool = createEnvironmentPool({
			plan: functionPlan,
			source,
			directory: codeFolder(functionPlan, scratch),
			concurrencyMax: Math.min(wanted, functionPlan.reservedConcurrency ?? wanted),
			program,
			endpoints: options.endpoints,
			onEvent,
		});
		const mappings = plans.flatMap((mapping) => {
			const queue = options.queues.get(mapping.queueArn);
			if (queue === undefined) return [];
			mappedQueues.push(queue);
			const running = createEventSourceMapping({ plan: mapping, queue, pool, source, onEvent, onSettled });
			queue.onReady(running.pump);
			return [running];
		});
		// Each time another mapping is asked first, so that a full queue does not keep a function from its other queues.
		let first = 0;
		pool.serve({
			demand: () => mappings.reduce((sum, mapping) => sum + mapping.demand(), 0),
			onFree() {
				first = (first + 1) % Math.max(1, mappings.length);
				for (let offset = 0; offset < mappings.length; offset++) mappings[(first + offset) % mappings.length]?.pump();
			},
		});
		return { plan: functionPlan, source, pool, mappings };
	});

	return {
		functions,
		isIdle: () =>
			functions.every(({ mappings }) => mappings.every((mapping) => mapping.running() === 0)) &&
			mappedQueues.every((queue) => {
				const { ready, inFlight, delayed } = queue.counts();
				return ready + inFlight + delayed === 0;
			}),
		outstanding() {
			const counts = mappedQueues.map((queue) => queue.counts());
			return {
				inFlight: counts.reduce((sum, { inFlight }) => sum + inFlight, 0),
				delayed: counts.reduce((sum, { delayed }) => sum + delayed, 0),
				untilMs: Math.max(0, ...mappedQueues.map((queue) => queue.allReadyAtMs())),
			};
		},
		async stop(graceMs) {
			for (const { mappings } of functions) for (const mapping of mappings) mapping.stop();
			await Promise.all(functions.map(({ pool }) => pool.stop(graceMs)));
			rmSync(scratch, { recursive: true, force: true });
		},
	};
}
