/** The engine on memory adapters, with a worker that is traced: what reaches the X-Ray daemon of one run, its retries, legs and follow-ups. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogLines } from "../../../lambdas/log/log-lines.ts";
import { createMetricLines } from "../../../lambdas/worker/metric-lines.ts";
import { createWorkerTelemetry } from "../../../lambdas/worker/worker-telemetry.ts";
import { createDaemonSender, createXraySpans } from "../../../lambdas/worker/xray-spans.ts";
import { type JobContext, JobError } from "../../../shared/job/index.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import type { Telemetry, TracingOptions, Trail } from "../../../shared/ports/telemetry.ts";
import { ok } from "../../support/engine-work.ts";
import { after, engineWorld, type Work } from "../../support/engine-world.ts";
import { type Segment, startXrayDaemon } from "../../support/xray-daemon.ts";

const producer = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const invocation = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

let daemon: Awaited<ReturnType<typeof startXrayDaemon>>;
beforeEach(async () => {
	daemon = await startXrayDaemon();
});
afterEach(() => daemon.stop());

function traced(
	perform: Work,
	over: { long?: (context: JobContext) => Promise<unknown>; tracing?: TracingOptions } = {},
) {
	const { tracing = { sampleRatio: 1 }, ...given } = over;
	const spans = createXraySpans(createDaemonSender(daemon.address), { _X_AMZN_TRACE_ID: invocation }, () =>
		world.clock.now(),
	);
	const own = createWorkerTelemetry(
		createLogLines({ POWERTOOLS_LOG_LEVEL: "SILENT" }),
		createMetricLines({}),
		() => false,
		spans,
	);
	const telemetry: Telemetry = {
		emit(event) {
			world.telemetry.emit(event);
			own.emit(event);
		},
		follow: (trail) => own.follow?.(trail),
	};
	const world = engineWorld(perform, { ...given, worker: { telemetry, tracing } });
	return { world, spans };
}

/** A leg and the wait before it, as lines of whose child each is. */
function told(segments: readonly Segment[]): readonly string[] {
	const nameOf = (id: string | undefined): string => {
		if (id === undefined) return "(root)";
		const found = segments.find((segment) => segment.id === id);
		if (found === undefined) return id === "b7ad6b7169203331" ? "producer" : "(unknown)";
		const { run_id, attempt, leg } = found.annotations;
		return `${found.name} ${run_id === "r" ? "" : "of another "}${attempt}.${leg}`;
	};
	return segments.map(({ id, parent_id, annotations: { state } }) =>
		[nameOf(id), ...(state === undefined ? [] : [state]), "<", nameOf(parent_id)].join(" "),
	);
}

describe("the spans of a run", () => {
	it("hang under the producer's: the wait in the queue, each attempt, and the run that a success enqueues", async () => {
		const contexts: string[] = [];
		const { world, spans } = traced(async (_, context) => {
			contexts.push(context.trace);
			await world.clock.sleep(1_500);
			if (context.attempt === 1) throw new JobError("api", "503 \ud800");
			context.enqueue(after, {});
			return "done";
		});
		await world.send({ job: "work", id: "r", tenant: "acme", input: { n: 1 }, trace: producer });
		await world.drain();
		await spans.flush();
		const segments = await daemon.received(6);
		expect(told(segments)).toEqual([
			"queue standard 1.1 < producer",
			"work 1.1 RETRY < queue standard 1.1",
			"queue standard 2.1 < producer",
			"work 2.1 SUCCESS < queue standard 2.1",
			"queue standard of another 1.1 < work 2.1",
			"after of another 1.1 SUCCESS < queue standard of another 1.1",
		]);
		expect(new Set(segments.map(({ trace_id }) => trace_id))).toEqual(new Set(["1-0af76519-16cd43dd8448eb211c80319c"]));
		const [, first, waited, second] = segments;
		expect(contexts).toEqual([first?.id, second?.id].map((id) => `00-0af7651916cd43dd8448eb211c80319c-${id}-01`));
		expect(first).toMatchObject({
			annotations: { run_id: "r", job: "work", attempt: 1, leg: 1, queue_class: "standard", tenant: "acme" },
			fault: true,
			cause: { exceptions: [{ type: "ApiError", message: "503 \ufffd" }] },
			links: [{ trace_id: "1-5759e988-bd862e3fe1be46a994272793", id: "53995c3f42cd8ad8" }],
		});
		expect(second).not.toHaveProperty("fault");
		const seconds = ({ start_time = 0, end_time = 0 }: Partial<Segment> = {}) =>
			Math.round((end_time - start_time) * 10) / 10;
		expect([seconds(first), seconds(waited), seconds(second)]).toEqual([1.5, 10, 1.5]);
	});

	it("are one for each leg, in a trace of its own where the producer named none", async () => {
		const { world, spans } = traced(ok, {
			async long(context) {
				const { next } = (context.cursor ?? { next: 0 }) as { next: number };
				for (let at = next; at < 8; at++) {
					await world.clock.sleep(10_000);
					await context.checkpoint({ next: at + 1 });
				}
				return "done";
			},
		});
		await world.send({ job: "long", id: "r" });
		await world.drain();
		await spans.flush();
		const segments = await daemon.received(4);
		expect(told(segments)).toEqual([
			"queue standard 1.1 < (root)",
			"long 1.1 LEG < queue standard 1.1",
			"queue standard 1.2 < (root)",
			"long 1.2 SUCCESS < queue standard 1.2",
		]);
		expect(new Set(segments.map(({ trace_id }) => trace_id)).size).toBe(1);
		expect(segments[0]?.trace_id).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
	});

	it("are recorded by the producer's decision, or by the ratio for traces that begin here", async () => {
		const { world, spans } = traced(ok, { tracing: { sampleRatio: 0 } });
		await world.send(
			{ job: "work", id: "begun", input: { n: 1 } },
			{
				job: "work",
				id: "unsampled",
				input: { n: 1 },
				trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
			},
			{ job: "work", id: "r", input: { n: 1 }, trace: producer },
		);
		await world.drain();
		await spans.flush();
		expect(world.performed).toHaveLength(3);
		expect(told(await daemon.received(2))).toEqual([
			"queue standard 1.1 < producer",
			"work 1.1 SUCCESS < queue standard 1.1",
		]);
	});

	it("stay the leg's own, whichever of the run's messages was looked at last when it ends", async () => {
		const documents: string[] = [];
		const spans = createXraySpans(
			async (given) => void documents.push(...given),
			{},
			() => 0,
		);
		const trail: Trail = {
			...{
				runId: "r",
				job: "work",
				queueClass: "standard",
				messageId: "m",
				sentAt: epochMs(0),
				attempt: 1,
				tenant: "acme",
			},
			traceId: () => "0af7651916cd43dd8448eb211c80319c",
			span: () => ({
				...{ traceId: "0af7651916cd43dd8448eb211c80319c", queueSpanId: "aaaaaaaaaaaaaaaa", spanId: "b7ad6b7169203331" },
				...{ leg: 1, sampled: true, traceparent: producer },
			}),
		};
		const { span: _, ...another } = { ...trail, tenant: "globex" };
		spans.note({ event: "attempt.started", runId: "r", job: "work", attempt: 1 }, trail);
		spans.note({ event: "run.settled", state: "SUCCESS", durationMs: 1, runId: "r", job: "work", attempt: 1 }, another);
		await spans.flush();
		const [, performed] = documents.map((text) => JSON.parse(text.slice(text.indexOf("\n"))));
		expect(performed).toMatchObject({ id: "b7ad6b7169203331", annotations: { run_id: "r", tenant: "acme" } });
	});

	it("hold up nobody and fail nothing where no daemon listens", async () => {
		await daemon.stop();
		const { world, spans } = traced(ok);
		daemon = await startXrayDaemon();
		await world.send({ job: "work", id: "r", input: { n: 1 } });
		await world.drain();
		await spans.flush();
		expect(world.row("r")).toMatchObject({ state: "SUCCESS" });
		expect(daemon.segments).toEqual([]);
	});
});
