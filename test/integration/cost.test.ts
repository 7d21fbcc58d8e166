/** What runs use of AWS, counted on the wire while the production worker performs them. docs/cost.md is made of the same numbers. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { dynoxideBinary } from "../../local/emulators/dynamodb.ts";
import {
	type Case,
	type Counted,
	countedCalls,
	countedExtras,
	countedLines,
	countedRuns,
} from "../../scripts/cost/counted.ts";
import { idleParts } from "../../scripts/cost/idle.ts";
import { calls } from "../support/cost/calls.ts";
import { type CostWorld, startCostWorld } from "../support/cost/cost-world.ts";
import { scenarios } from "../support/cost/scenarios.ts";

vi.mock(import("../../shared/aws/system-clock.ts"), () => import("../support/cost/passing-clock.ts"));

const metricsLineSchema = z.object({
	_aws: z.object({ CloudWatchMetrics: z.array(z.object({ Metrics: z.array(z.object({ Name: z.string() })) })) }),
});

// The other emulators don't take the batches that the worker sends, or don't say what they bill.
describe.skipIf(dynoxideBinary() === undefined)("what is billed", () => {
	let world: CostWorld;
	const printed: string[] = [];
	beforeEach(async () => {
		printed.length = 0;
		vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
		world = await startCostWorld();
	});
	afterEach(async () => {
		vi.restoreAllMocks();
		await world.stop();
	});

	const cases = Object.entries<Case>({ ...countedRuns, ...countedExtras }).flatMap(
		([name, { ten, one, requestsUpTo = false }]) => [
			{ name, batch: 10, literal: ten, requestsUpTo },
			{ name, batch: 1, literal: one, requestsUpTo },
		],
	);
	it.each(cases)("$name in batches of $batch", async ({ name, batch, literal, requestsUpTo }) => {
		const used = await scenarios[name as keyof typeof scenarios](world, batch);
		expectUse(used, literal, requestsUpTo);
	});

	it("writes one line of metrics for a job and invocation and one of its group, and no other", async () => {
		for (const [batch, literal] of [[10, countedLines.tenBytes] as const, [1, countedLines.oneBytes] as const]) {
			await world.enqueue("plain_task", batch, batch);
			// The first has a line about the cold start.
			await world.drain("plain", batch);
			printed.length = 0;
			await world.enqueue("plain_task", batch, batch);
			await world.drain("plain", batch);
			expect(printed).toHaveLength(2);
			const names = printed.map((text) =>
				metricsLineSchema
					.parse(JSON.parse(text))
					._aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)),
			);
			expect(names).toEqual([countedLines.metrics, countedLines.groupMetrics]);
			expect(Buffer.byteLength(printed.join(""))).toBeLessThanOrEqual(literal);
		}
	});

	it("writes as many metrics in a sweep as the page says", async () => {
		await calls.sweepIdle(world);
		const lines = printed.map((line) => metricsLineSchema.safeParse(JSON.parse(line)));
		const names = lines.flatMap(({ data }) =>
			(data?._aws.CloudWatchMetrics ?? []).flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)),
		);
		expect([...new Set(names)]).toHaveLength(idleParts.sweeperMetrics);
	});

	it.each(Object.entries(countedCalls))("%s", async (name, { title: _, ...literal }) => {
		expect(await calls[name as keyof typeof calls](world)).toEqual(literal);
	});
});

/** The requests of runs that come apart on their way depend on how far; what is billed does not. */
function expectUse(counted: Counted, literal: Counted, requestsUpTo: boolean): void {
	expect(counted).toEqual(requestsUpTo ? { ...literal, dynamodb: counted.dynamodb } : literal);
	expect(counted.dynamodb).toBeLessThanOrEqual(literal.dynamodb);
}
