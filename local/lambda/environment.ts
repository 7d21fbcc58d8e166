/**
 * One execution environment: a process with a handler loaded in it, and at most one invocation at a time.
 * States: starting, then idle and busy in turns, then ended. A failed start leaves it idle with an error that its one invocation reports,
 * as a Lambda invocation does whose environment could not start.
 */
import { spawn } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import type { FunctionPlan } from "../assembly/read-function.ts";
import type { FunctionRef, LocalEvent, OnLocalEvent } from "../local-event.ts";
import { createLineReader } from "./log-lines.ts";
import type { InvokeRequest, ProcessReply, RuntimeError } from "./runtime-protocol.ts";

export type InvocationResult =
	| { readonly kind: "ok"; readonly response: unknown }
	| { readonly kind: "error"; readonly error: string }
	| { readonly kind: "timeout"; readonly error: string }
	| { readonly kind: "crashed"; readonly error: string };

interface Invocation {
	readonly requestId: string;
	readonly startedAtMs: number;
	readonly result: Promise<InvocationResult>;
}

export interface Environment {
	readonly pid: number;
	/** Settles when the handler is loaded or could not be; never rejects. */
	readonly started: Promise<void>;
	/** Settles when the process is gone. */
	readonly exited: Promise<void>;
	readonly state: () => "starting" | "idle" | "busy" | "ended";
	readonly failedToStart: () => boolean;
	readonly currentSinceMs: () => number | undefined;
	invoke(event: unknown): Invocation;
	/** Tells the process to end, as Lambda does where there is somebody to tell (SIGTERM), and kills it when it has not within two seconds. */
	end(reason: "idle" | "stopped" | "replaced"): void;
}

/** AWS gives a module ten seconds to load. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (2026-11-20) */
const INIT_MS_MAX = 10_000;
const END_GRACE_MS = 2_000;
/** Node's own share outside of its heap: code, stacks, buffers of the runtime itself. */
const OUTSIDE_HEAP_MB = 48;

/** The heap that a function of this memory gets; buffers live outside of it, as they do on Lambda. */
const heapMb = (memoryMb: number): number => Math.max(64, memoryMb - OUTSIDE_HEAP_MB);

const describe = (error: RuntimeError): string => `${error.errorType}: ${error.errorMessage}`;

/** With the place in the code, since nothing else was logged about it. */
function describeInitError(error: RuntimeError): string {
	const place = error.trace.find((line) => /^\s+at /.test(line))?.trim();
	return place === undefined ? describe(error) : `${describe(error)} (${place})`;
}

export function startEnvironment(options: {
	readonly plan: FunctionPlan;
	readonly source: FunctionRef;
	readonly program: string;
	readonly variables: Readonly<Record<string, string>>;
	readonly onEvent: OnLocalEvent | undefined;
}): Environment {
	const { plan, source, onEvent } = options;
	const emit = (event: LocalEvent): void => onEvent?.(event);
	const spawnedAtMs = Date.now();
	// A session of its own: Ctrl-C in the terminal must not end a handler that the runtime still waits for.
	const child = spawn(process.execPath, [`--max-old-space-size=${heapMb(plan.memoryMb)}`, options.program], {
		stdio: ["ignore", "pipe", "pipe", "ipc"],
		detached: true,
		env: { ...options.variables },
	});
	const pid = child.pid ?? 0;
	let state: "starting" | "idle" | "busy" | "ended" = "starting";
	let initError: string | undefined;
	let endReason: "idle" | "stopped" | "replaced" | "timeout" | undefined;
	let settleStart: () => void = () => {};
	let settleInvocation: ((result: InvocationResult) => void) | undefined;
	let busySinceMs: number | undefined;
	const started = new Promise<void>((resolve) => {
		settleStart = resolve;
	});

	for (const stream of ["stdout", "stderr"] as const) {
		const reader = createLineReader(source, stream, onEvent);
		child[stream]?.setEncoding("utf8").on("data", reader.write).on("end", reader.flush);
	}

	function initFailed(message: string): void {
		if (state !== "starting") return;
		state = "idle";
		initError = message;
		emit({ type: "environment-failed", ...source, message });
		settleStart();
	}

	function finish(result: InvocationResult): void {
		const settle = settleInvocation;
		settleInvocation = undefined;
		busySinceMs = undefined;
		if (state === "busy") state = "idle";
		settle?.(result);
	}

	const initTimer = setTimeout(() => {
		initFailed(`The handler module did not load within ${INIT_MS_MAX / 1000} s.`);
		child.kill("SIGKILL");
	}, INIT_MS_MAX);

	child.on("message", (reply: ProcessReply) => {
		switch (reply.kind) {
			case "ready":
				clearTimeout(initTimer);
				if (state === "starting") state = "idle";
				emit({ type: "environment-started", ...source, pid, initMs: Date.now() - spawnedAtMs });
				settleStart();
				break;
			case "init-error":
				clearTimeout(initTimer);
				initFailed(describeInitError(reply.error));
				child.kill("SIGKILL");
				break;
			case "done":
				finish({ kind: "ok", response: JSON.parse(reply.payload) });
				break;
			case "failed":
				finish({ kind: "error", error: describe(reply.error) });
				break;
		}
	});

	const exited = new Promise<void>((resolve) => {
		function gone(how: string): void {
			clearTimeout(initTimer);
			initFailed(`The process ended while loading the handler (${how}).`);
			finish({ kind: "crashed", error: `The process ended during the invocation (${how})` });
			if (initError === undefined) {
				state = "ended";
				emit({ type: "environment-ended", ...source, pid, reason: endReason ?? "crashed" });
			}
			resolve();
		}
		child.once("exit", (code, signal) => gone(signal === null ? `exit status ${code}` : `signal ${signal}`));
		// Only a process that never came to be has no exit to wait for.
		child.on("error", (error) => {
			if (child.pid === undefined) gone(error.message);
		});
	});

	return {
		pid,
		started,
		exited,
		state: () => state,
		failedToStart: () => initError !== undefined,
		currentSinceMs: () => busySinceMs,
		invoke(event) {
			const requestId = randomUUID();
			const startedAtMs = Date.now();
			if (initError !== undefined || state === "ended") {
				state = "ended";
				const error = initError ?? "The environment had ended";
				return { requestId, startedAtMs, result: Promise.resolve({ kind: "error", error }) };
			}
			state = "busy";
			busySinceMs = startedAtMs;
			const result = new Promise<InvocationResult>((resolve) => {
				const timer = setTimeout(() => {
					endReason = "timeout";
					state = "ended";
					child.kill("SIGKILL");
					finish({ kind: "timeout", error: `Task timed out after ${plan.timeoutSeconds}.00 seconds` });
				}, plan.timeoutSeconds * 1000);
				settleInvocation = (value) => {
					clearTimeout(timer);
					resolve(value);
				};
			});
			const request: InvokeRequest = {
				requestId,
				event,
				deadlineMs: startedAtMs + plan.timeoutSeconds * 1000,
				functionArn: plan.arn,
				traceId: `Root=1-${Math.floor(startedAtMs / 1000).toString(16)}-${randomBytes(12).toString("hex")};Sampled=0`,
			};
			// A process that is gone answers by its exit event; the failed send says nothing more.
			child.send(request, () => {});
			return { requestId, startedAtMs, result };
		},
		end(reason) {
			endReason ??= reason;
			state = "ended";
			settleStart();
			child.kill("SIGTERM");
			const kill = setTimeout(() => child.kill("SIGKILL"), END_GRACE_MS);
			void exited.then(() => clearTimeout(kill));
		},
	};
}
