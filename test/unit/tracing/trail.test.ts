/** What a run hands on of a trace, and that it is the same whoever repeats it. */
import { describe, expect, it } from "vitest";
import { spanOfLeg } from "../../../shared/engine/trail.ts";
import { JobError } from "../../../shared/job/index.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import { after, deadLetters, engineWorld } from "../../support/engine-world.ts";

const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const run = { id: runId("r"), createdAt: epochMs(1_000), generation: 1, attempts: 1 };

describe("a leg's span", () => {
	it("is computed from the run: the same for whoever repeats it, another for each leg, attempt, generation and later run of the name", () => {
		const ids = [
			run,
			{ ...run, leg: 2 },
			{ ...run, attempts: 2 },
			{ ...run, generation: 2 },
			{ ...run, id: runId("s") },
			{ ...run, createdAt: epochMs(2_000) },
		].map((one) => spanOfLeg(undefined, { trace }, one).spanId);
		expect(new Set(ids).size).toBe(6);
		expect(spanOfLeg({ sampleRatio: 1 }, {}, { ...run, leg: 1 })).toEqual({
			traceId: "f7e80b660f6f6eeaba56cd815e1f3fd6",
			queueSpanId: "789adda223131a88",
			spanId: "1d8426105a9549fa",
			leg: 1,
			sampled: true,
			traceparent: "00-f7e80b660f6f6eeaba56cd815e1f3fd6-1d8426105a9549fa-01",
		});
	});

	it("stands between the producer's and what the run causes, where it is recorded", () => {
		const span = spanOfLeg({ sampleRatio: 0 }, { trace }, run);
		expect(span).toMatchObject({ parentId: "b7ad6b7169203331", sampled: true });
		expect(span.traceparent).toBe(`00-0af7651916cd43dd8448eb211c80319c-${span.spanId}-01`);
	});

	it("is passed over where nothing is recorded, so that no trace is torn", () => {
		expect(spanOfLeg(undefined, { trace }, run)).toMatchObject({ sampled: false, traceparent: trace });
		expect(spanOfLeg(undefined, {}, run).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
	});

	it.each([
		["a trace id of zeros", "00-00000000000000000000000000000000-b7ad6b7169203331-01"],
		["a span id of zeros", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
		["the version that is none", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
	])("takes %s for no trace", (_, given) => {
		expect(spanOfLeg({ sampleRatio: 1 }, { trace: given }, run)).toEqual(spanOfLeg({ sampleRatio: 1 }, {}, run));
	});

	it("begins about as many traces as the ratio says, the same for whoever looks", () => {
		const runs = Array.from({ length: 2_000 }, (_, index) => ({ ...run, id: runId(`r-${index}`) }));
		const sampled = runs.filter((one) => spanOfLeg({ sampleRatio: 0.1 }, {}, one).sampled).length;
		expect(sampled).toBeGreaterThan(140);
		expect(sampled).toBeLessThan(260);
	});
});

describe("a run", () => {
	it("goes on with the trace that came beside its message, through a retry into what it enqueues", async () => {
		const seen: string[] = [];
		const world = engineWorld(async (_, context) => {
			seen.push(context.trace);
			if (context.attempt === 1) throw new Error("once");
			context.enqueue(after, {});
		});
		await world.send({ job: "work", id: "r", input: { n: 1 } });
		const [message] = await world.receive();
		if (message === undefined) throw new Error("nothing was received");
		await world.deliver([{ ...message, trace } as typeof message]);
		await world.queue.remove({ queueClass: "standard", queue: "main" }, [message.receiptHandle]);
		await world.drain();
		expect(seen).toEqual([trace, trace]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", followUps: [{ message: { trace } }] });
	});

	it("takes it into its dead letter, and goes on with it when that is redriven", async () => {
		const seen: string[] = [];
		let broken = true;
		const world = engineWorld(async (_, context) => {
			seen.push(context.trace);
			if (broken) throw new JobError("validation", "bad");
		});
		await world.send({ job: "work", id: "r", input: { n: 1 }, trace });
		await world.drain();
		const [letter] = world.queue.messages(deadLetters);
		expect(JSON.parse(letter?.body ?? "{}")).toMatchObject({ id: "r", generation: 2, trace });
		broken = false;
		await world.send(letter?.body ?? "");
		await world.drain();
		expect(seen).toEqual([trace, trace]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", generation: 2 });
	});

	it("begins one for each tick of a schedule, the same however often that fires", async () => {
		const seen: string[] = [];
		const world = engineWorld(async (_, context) => void seen.push(context.trace.slice(3, 35)));
		const tick = (at: string) => ({ job: "work", input: { n: 1 }, schedule: { name: "minutely-allow", at } });
		await world.send(tick("2026-11-20T09:00:00Z"), tick("2026-11-20T09:00:00Z"), tick("2026-11-20T09:01:00Z"));
		await world.drain();
		expect(seen).toHaveLength(2);
		expect(new Set(seen).size).toBe(2);
	});

	it("hands on a trace of its own where it was given none, the same to each attempt", async () => {
		const seen: string[] = [];
		const world = engineWorld(async (_, context) => {
			seen.push(context.trace);
			if (context.attempt === 1) throw new Error("once");
			context.enqueue(after, {});
		});
		await world.send({ job: "work", id: "r", input: { n: 1 } });
		await world.drain();
		expect(seen.map((text) => text.slice(0, 36))).toEqual([
			"00-f7e80b660f6f6eeaba56cd815e1f3fd6-",
			"00-f7e80b660f6f6eeaba56cd815e1f3fd6-",
		]);
		expect(new Set(seen).size).toBe(2);
		expect(world.row("r")).toMatchObject({ followUps: [{ message: { trace: seen[1] } }] });
	});
});
