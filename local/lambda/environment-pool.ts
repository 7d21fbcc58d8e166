/**
 * The execution environments of one function: started on demand up to its concurrency, kept warm, ended when idle for long.
 * It grows at once up to the number of processors. Beyond, it grows while processors are unused, since invocations then wait more than
 * they compute, and while every environment is held by a long invocation. Ten processes that compute do less than two.
 */
import { randomBytes } from "node:crypto";
import { availableParallelism } from "node:os";
import type { FunctionPlan } from "../assembly/read-function.ts";
import type { FunctionRef, OnLocalEvent } from "../local-event.ts";
import { type Environment, startEnvironment } from "./environment.ts";
import { type Endpoints, environmentVariables } from "./environment-variables.ts";
import { createIdleMeter } from "./processor-load.ts";

export interface EnvironmentPool {
	/** An environment that can be invoked now. The caller gives it back with `release`. */
	take(): Environment | undefined;
	release(environment: Environment): void;
	/** Says that `take` gave nothing while there was work. The pool may start an environment. */
	want(): void;
	/** Who uses the pool: how many batches could run now if there were environments, and whom to tell when one can be taken. */
	serve(user: { readonly demand: () => number; readonly onFree: () => void }): void;
	/** New environments load this folder; those that run an invocation end after it, the others now. */
	replaceCode(directory: string): void;
	readonly pids: () => number[];
	/** Ends every environment. Invocations still running after `graceMs` are killed with their process. */
	stop(graceMs: number): Promise<void>;
}

/** Warm environments that nothing used for this long are ended; on AWS it is some minutes, too. */
const IDLE_MS = 120_000;
/** An invocation older than this keeps its environment long enough for another one to be worth a process. */
const LONG_INVOCATION_MS = 100;
/** The unused part of the processors from which another process is worth it. */
const UNUSED_WORTH = 0.25;
/** After a failed start the next one waits, longer each time, so that a broken module does not start processes without end. */
const RESTART_DELAYS_MS = [0, 250, 500, 1_000, 2_000, 5_000] as const;

export function createEnvironmentPool(options: {
	readonly plan: FunctionPlan;
	readonly source: FunctionRef;
	readonly directory: string;
	/** The most environments, from the mappings' concurrency and the function's own reservation. */
	readonly concurrencyMax: () => number;
	readonly program: string;
	readonly endpoints: Endpoints;
	readonly onEvent: OnLocalEvent | undefined;
}): EnvironmentPool {
	const { plan, source, concurrencyMax } = options;
	const processors = availableParallelism();
	let directory = options.directory;
	let generation = 0;
	let stopping = false;
	let failedStarts = 0;
	let nextStartAtMs = 0;
	/** Of recent invocations, the newest weighing most. */
	let averageMs = 0;
	const idleShare = createIdleMeter();
	let timer: NodeJS.Timeout | undefined;
	let user = { demand: () => 0, onFree: () => {} };
	const all = new Map<Environment, { readonly generation: number; idleSinceMs: number; takenAtMs: number }>();
	/** Ready to be taken; the last one released is taken first, so that the others can go idle. */
	const idle: Environment[] = [];
	const processes = new Set<Promise<void>>();

	function start(): void {
		const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
		const environment = startEnvironment({
			plan,
			source,
			program: options.program,
			variables: environmentVariables(plan, {
				directory,
				endpoints: options.endpoints,
				logStreamName: `${day}/[$LATEST]${randomBytes(16).toString("hex")}`,
			}),
			onEvent: options.onEvent,
		});
		const entry = { generation, idleSinceMs: Date.now(), takenAtMs: 0 };
		all.set(environment, entry);
		processes.add(environment.exited);
		void environment.exited.then(() => {
			processes.delete(environment.exited);
			// One that failed to start stays until its error was reported by an invocation.
			if (!environment.failedToStart()) forget(environment);
		});
		void environment.started.then(() => {
			if (!all.has(environment)) return;
			if (environment.failedToStart()) {
				failedStarts++;
				nextStartAtMs = Date.now() + (RESTART_DELAYS_MS[Math.min(failedStarts, RESTART_DELAYS_MS.length - 1)] ?? 0);
			} else failedStarts = 0;
			if (entry.generation === generation) makeIdle(environment);
			else retire(environment, "replaced");
		});
	}

	function makeIdle(environment: Environment): void {
		const entry = all.get(environment);
		if (entry === undefined || environment.state() !== "idle") return;
		entry.idleSinceMs = Date.now();
		idle.push(environment);
		if (timer === undefined) schedule(IDLE_MS);
		user.onFree();
	}

	function forget(environment: Environment): void {
		all.delete(environment);
		const position = idle.indexOf(environment);
		if (position !== -1) idle.splice(position, 1);
		if (user.demand() > 0) schedule(0);
	}

	function retire(environment: Environment, reason: "idle" | "stopped" | "replaced"): void {
		environment.end(reason);
		forget(environment);
	}

	function schedule(delayMs: number): void {
		clearTimeout(timer);
		timer = setTimeout(tick, delayMs);
		timer.unref();
	}

	/** Decides whether another environment is worth it, and when to look again. */
	function tick(): void {
		clearTimeout(timer);
		timer = undefined;
		if (stopping) return;
		const now = Date.now();
		for (const environment of [...idle]) {
			if (now - (all.get(environment)?.idleSinceMs ?? now) >= IDLE_MS) retire(environment, "idle");
		}
		const demand = idle.length === 0 ? user.demand() : 0;
		if (demand > 0) {
			grow(now, demand);
			return;
		}
		if (all.size > 0) schedule(IDLE_MS / 2);
	}

	function grow(now: number, demand: number): void {
		const environments = [...all.keys()];
		const starting = environments.filter((environment) => environment.state() === "starting").length;
		// Those that start now will come and take the work; they look again whether more is wanted.
		if (all.size >= concurrencyMax() || starting >= Math.min(processors, demand)) return;
		if (now < nextStartAtMs) {
			schedule(nextStartAtMs - now);
			return;
		}
		if (all.size >= processors) {
			const unused = idleShare();
			const youngestMs = now - Math.max(...environments.map((environment) => environment.currentSinceMs() ?? now));
			const held = youngestMs >= LONG_INVOCATION_MS || averageMs >= 2 * LONG_INVOCATION_MS;
			if (!held && unused < UNUSED_WORTH) {
				schedule(LONG_INVOCATION_MS - youngestMs);
				return;
			}
		}
		start();
		schedule(LONG_INVOCATION_MS);
	}

	return {
		take() {
			const environment = idle.pop();
			const entry = environment === undefined ? undefined : all.get(environment);
			if (entry !== undefined) entry.takenAtMs = Date.now();
			return environment;
		},
		release(environment) {
			const entry = all.get(environment);
			if (entry === undefined) return;
			averageMs = averageMs * 0.8 + (Date.now() - entry.takenAtMs) * 0.2;
			if (environment.state() === "ended") forget(environment);
			else if (stopping) retire(environment, "stopped");
			else if (entry.generation !== generation) retire(environment, "replaced");
			else makeIdle(environment);
		},
		want() {
			tick();
		},
		serve(next) {
			user = next;
		},
		replaceCode(next) {
			directory = next;
			generation++;
			failedStarts = 0;
			nextStartAtMs = 0;
			for (const environment of [...idle]) retire(environment, "replaced");
		},
		pids: () =>
			[...all.keys()]
				.filter((environment) => environment.state() !== "ended" && !environment.failedToStart())
				.map(({ pid }) => pid),
		async stop(graceMs) {
			stopping = true;
			clearTimeout(timer);
			for (const environment of [...all.keys()]) {
				if (environment.state() !== "busy") retire(environment, "stopped");
			}
			const patience = setTimeout(() => {
				for (const environment of [...all.keys()]) retire(environment, "stopped");
			}, graceMs);
			while (processes.size > 0) await Promise.all(processes);
			clearTimeout(patience);
		},
	};
}
