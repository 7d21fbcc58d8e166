/**
 * Where a run stands in a trace (W3C trace context): it goes on with the one that its message carries, and else begins one. What is made up is
 * computed from the run's name and never random, so that whoever repeats an attempt, a retry or a follow-up after a crash says the same. Pure;
 * and nothing is computed until somebody asks, since most runs are traced by nobody.
 *
 * Asked by a call, not by an accessor, here and elsewhere in the engine: V8 keeps the accessors of an object literal with the literal's shape, and
 * with them the run's input and all else that they see, until the next full collection.
 */
import { sha256Hex } from "../kernel/sha256.ts";
import type { PerformingRun } from "../ports/job-store.ts";
import type { SpanOfLeg, TracingOptions, Trail } from "../ports/telemetry.ts";
import type { JobMessage } from "../wire/job-message.ts";

type RunOfLeg = Pick<PerformingRun, "id" | "createdAt" | "generation" | "attempts" | "leg">;

/** Before a run is claimed: its trace, and no span. */
export function trailOf(
	about: { readonly runId: string; readonly job: string; readonly queueClass: string },
	message: JobMessage,
	delivered: Pick<Trail, "messageId" | "sentAt">,
): Trail {
	return {
		...about,
		messageId: delivered.messageId,
		sentAt: delivered.sentAt,
		attempt: message.attempt ?? 1,
		tenant: message.tenant,
		traceId: () => (readTrace(message.trace) ?? beginTrace(about.runId)).traceId,
	};
}

/** Of one leg of a claimed run. */
export function trailOfLeg(
	tracing: TracingOptions | undefined,
	before: Trail,
	message: JobMessage,
	run: RunOfLeg,
): Required<Trail> {
	let known: SpanOfLeg | undefined;
	const span = (): SpanOfLeg => (known ??= spanOfLeg(tracing, message, run));
	return {
		runId: before.runId,
		job: before.job,
		queueClass: before.queueClass,
		messageId: before.messageId,
		sentAt: before.sentAt,
		tenant: before.tenant,
		attempt: run.attempts,
		traceId: () => span().traceId,
		span,
	};
}

/** What a leg's spans are named, and what it hands on. */
export function spanOfLeg(
	tracing: TracingOptions | undefined,
	{ trace }: Pick<JobMessage, "trace">,
	{ id, createdAt, generation, attempts, leg = 1 }: RunOfLeg,
): SpanOfLeg {
	const given = readTrace(trace);
	const { traceId, parentId, flags } = given ?? { ...beginTrace(id), flags: undefined };
	const sampled =
		tracing !== undefined &&
		(flags === undefined ? isChosen(traceId, tracing.sampleRatio) : (Number.parseInt(flags, 16) & 1) === 1);
	// A name may be another run's again once its row is forgotten: the time of its first claim tells them apart.
	const digest = sha256Hex(JSON.stringify(["leg", id, createdAt, generation, attempts, leg]));
	const spanId = digest.slice(0, 16);
	// Nobody records a span of ours: the next one is the producer's child, and no trace is torn.
	const passedOn = tracing === undefined && given !== undefined;
	return {
		traceId,
		...(parentId === undefined ? {} : { parentId }),
		queueSpanId: digest.slice(16, 32),
		spanId,
		leg,
		sampled,
		traceparent: passedOn ? given.text : `00-${traceId}-${spanId}-${flags ?? (sampled ? "01" : "00")}`,
	};
}

interface ReadTrace {
	readonly text: string;
	readonly traceId: string;
	readonly parentId: string | undefined;
	/** Two hex digits. */
	readonly flags: string;
}

/** `undefined` for what the standard calls invalid, which is to be treated as none. */
function readTrace(text: string | undefined): ReadTrace | undefined {
	if (text === undefined || /^ff|-0+-/.test(text)) return undefined;
	const [, traceId = "", parentId = "", flags = ""] = text.split("-");
	return { text, traceId, parentId, flags };
}

const beginTrace = (runId: string): { readonly traceId: string; readonly parentId: undefined } => ({
	traceId: sha256Hex(JSON.stringify(["trace", runId])).slice(0, 32),
	parentId: undefined,
});

/** The same for whoever sees the trace. */
const isChosen = (traceId: string, ratio: number): boolean => Number.parseInt(traceId.slice(-8), 16) < ratio * 2 ** 32;
