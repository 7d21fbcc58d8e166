/**
 * Whatever comes when: every run of a batch job is answered exactly once and with its own answer, no call is larger than allowed or empty, and
 * nobody who is ready waits longer than `waitMs`, nor for anybody who does not come.
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createGatherer } from "../../../shared/engine/batch-jobs/gatherer.ts";
import type { JobContext } from "../../../shared/job/index.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { recordContext } from "../../support/job-context.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

const runs = fc.array(
	fc.record({
		/** When it is announced: all at first, or as a place gets free. */
		announcedMs: fc.constantFrom(0, 0, 0, 40, 300),
		/** How long it is on its way. */
		wayMs: fc.constantFrom(0, 0, 1, 60, 99, 100, 101, 500, 3_000),
		/** It never performs. */
		leaves: fc.boolean(),
		/** It is told to stop so long after it has come. */
		stopsAfterMs: fc.option(fc.constantFrom(0, 50, 10_000)),
	}),
	{ minLength: 1, maxLength: 14 },
);

it("answers each run once, together where they meet, and waits for nothing", async () => {
	await fc.assert(
		fc.asyncProperty(runs, fc.integer({ min: 2, max: 5 }), fc.constantFrom(0, 100), async (all, runsMax, waitMs) => {
			const clock = createVirtualClock({ autoAdvance: true });
			const start = clock.now();
			const calls: { readonly names: readonly string[]; readonly at: number }[] = [];
			const readyAt = new Map<string, number>();
			const gatherer = createGatherer(
				{ name: "j", batch: { runsMax, waitMs } },
				async (items) => {
					calls.push({ names: items.map(({ context }) => context.runId), at: clock.now() - start });
					return items.map(({ input }) => `answer to ${input}`);
				},
				clock,
			);
			const answers = await Promise.all(
				all.map(async ({ announcedMs, wayMs, leaves, stopsAfterMs }, index) => {
					const name = runId(`r${index}`);
					if (announcedMs > 0) await clock.sleep(announcedMs);
					gatherer.expect(name);
					if (wayMs > 0) await clock.sleep(wayMs);
					try {
						if (leaves) return undefined;
						const stop = new AbortController();
						const { context } = recordContext({ runId: name, signal: stop.signal } satisfies Partial<JobContext>);
						if (stopsAfterMs !== null) void clock.sleep(stopsAfterMs).then(() => stop.abort(`stopped ${name}`));
						readyAt.set(name, clock.now() - start);
						return await gatherer.join(index, context).catch((reason: unknown) => reason);
					} finally {
						gatherer.gone(name);
					}
				}),
			);

			const performed = calls.flatMap(({ names }) => names);
			expect(new Set(performed).size).toBe(performed.length);
			for (const [index, { leaves, stopsAfterMs }] of all.entries()) {
				const name = `r${index}`;
				if (leaves) expect(answers[index]).toBeUndefined();
				else if (performed.includes(name)) expect(answers[index]).toBe(`answer to ${index}`);
				else {
					expect(answers[index]).toBe(`stopped ${name}`);
					expect(stopsAfterMs).not.toBeNull();
				}
			}
			for (const { names, at } of calls) {
				expect(names.length).toBeGreaterThan(0);
				expect(names.length).toBeLessThanOrEqual(runsMax);
				const waits = names.map((name) => at - (readyAt.get(name) ?? Number.NaN));
				expect(Math.max(...waits)).toBeLessThanOrEqual(waitMs);
			}
		}),
		{ numRuns: 300 },
	);
});
