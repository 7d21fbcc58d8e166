/**
 * A traced run's time in the queue and each of its legs, as segment documents for the X-Ray daemon that Lambda runs beside the function: datagrams,
 * which cost no request, wait for nobody and fail in silence. Why so: docs/decisions/0021-traces-by-segment-documents.md.
 */
import type { Socket } from "node:dgram";
import type { SpanOfLeg, TelemetryEvent, Trail } from "../../shared/ports/telemetry.ts";

export interface Spans {
	/** @param trail of the event's run, where it is known. Never throws. */
	note(event: TelemetryEvent, trail: Trail | undefined): void;
	/** Sends what has ended; forgets what did not, which is told by whoever performs it again. Never rejects. */
	flush(): Promise<void>;
}

interface OpenLeg {
	readonly trail: Trail;
	readonly span: SpanOfLeg;
	readonly startedMs: number;
}

type Ended = Extract<TelemetryEvent, { event: "attempt.retried" | "run.settled" | "leg.ended" | "fence.lost" }>;

/** Two documents of a leg: X-Ray takes at most 64 KB each, and these are about 1. */
const ERROR_CHARS_MAX = 500;

export function createXraySpans(
	send: (documents: readonly string[]) => Promise<void>,
	environment: Readonly<Record<string, string | undefined>>,
	nowMs: () => number = Date.now,
): Spans {
	const open = new Map<string, OpenLeg>();
	let ended: string[] = [];

	function end(event: Ended, { trail, span, startedMs }: OpenLeg): void {
		const { job, queueClass, runId, attempt, tenant, sentAt } = trail;
		const { traceId, parentId, queueSpanId, spanId, leg } = span;
		const trace_id = toXrayId(traceId);
		const annotations = { run_id: runId, job, attempt, leg, queue_class: queueClass, tenant };
		const began = seconds(startedMs);
		ended.push(
			documentOf({
				name: nameOf(`queue ${queueClass}`),
				id: queueSpanId,
				trace_id,
				parent_id: parentId,
				start_time: Math.min(seconds(sentAt), began),
				end_time: began,
				annotations,
			}),
			documentOf({
				name: nameOf(job),
				id: spanId,
				trace_id,
				parent_id: queueSpanId,
				start_time: began,
				end_time: seconds(nowMs()),
				annotations: { ...annotations, state: stateOf(event) },
				...faultOf(event, spanId),
				...linkTo(environment["_X_AMZN_TRACE_ID"], trace_id),
			}),
		);
	}

	return {
		note(event, trail) {
			switch (event.event) {
				case "attempt.started": {
					// Asked for now: the message may be another's when it ends.
					const span = trail?.span?.();
					if (trail !== undefined && span?.sampled === true) open.set(event.runId, { trail, span, startedMs: nowMs() });
					return;
				}
				case "attempt.retried":
				case "run.settled":
				case "leg.ended":
				case "fence.lost": {
					const leg = open.get(event.runId);
					if (leg !== undefined) end(event, leg);
					open.delete(event.runId);
					return;
				}
				default:
			}
		},
		async flush() {
			const documents = ended;
			ended = [];
			open.clear();
			if (documents.length > 0) await send(documents);
		},
	};
}

/** An X-Ray id has the 32 digits of a W3C one, in two groups. */
const toXrayId = (traceId: string): string => `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;
const seconds = (ms: number): number => ms / 1000;
const nameOf = (name: string): string => name.replace(/[^\p{L}\p{N}\s_.:/%&#=+\\\-@]/gu, "_").slice(0, 200);
const documentOf = (segment: object): string => `{"format":"json","version":1}\n${JSON.stringify(segment)}`;

function stateOf(event: Ended): string {
	switch (event.event) {
		case "run.settled":
			return event.state;
		case "attempt.retried":
			return "RETRY";
		case "leg.ended":
			return "LEG";
		case "fence.lost":
			return "FENCE_LOST";
	}
}

function faultOf(event: Ended, id: string): object {
	if (!("excMessage" in event)) return {};
	const { excType, excMessage = "" } = event;
	const message = excMessage.slice(0, ERROR_CHARS_MAX).toWellFormed();
	return { fault: true, cause: { working_directory: "", exceptions: [{ id, type: excType, message }] } };
}

/** The invocation that performed it is a trace of its own, since it performs many runs. */
function linkTo(header: string | undefined, ownTrace: string): object {
	const [, trace_id] = /Root=([^;]+)/.exec(header ?? "") ?? [];
	const [, id] = /Parent=([^;]+)/.exec(header ?? "") ?? [];
	return trace_id === undefined || id === undefined || trace_id === ownTrace ? {} : { links: [{ trace_id, id }] };
}

/** @param address As Lambda sets AWS_XRAY_DAEMON_ADDRESS: `169.254.79.129:2000`, or `tcp:…:2000 udp:…:2000`. */
export function createDaemonSender(address: string): (documents: readonly string[]) => Promise<void> {
	const [, host, port] = /([^\s:]+):(\d+)$/.exec(address) ?? [];
	let socket: Socket | undefined;
	return async (documents) => {
		if (socket === undefined) {
			// Looked up here: who traces nothing loads nothing.
			socket = process.getBuiltinModule("node:dgram").createSocket("udp4");
			socket.on("error", () => {});
			socket.unref();
		}
		const via = socket;
		const sent = documents.map(
			(text) => new Promise<void>((resolve) => void via.send(text, Number(port), host, () => resolve())),
		);
		await Promise.all(sent);
	};
}
