/** Runs of a batch job perform together and are settled each alone. On the whole engine, in memory. */
import { expect, it } from "vitest";
import { giveUp, JobError, retryAfter, skip } from "../../../shared/job/index.ts";
import { batchWorld, keysOf } from "../../support/batch-world.ts";

const sends = (count: number) => Array.from({ length: count }, (_, n) => ({ job: "index", id: `r${n}`, input: { n } }));

it("hands all runs of an invocation to one call, in order, and settles each with its own answer", async () => {
	const world = batchWorld(async (items) => items.map(({ input }) => input.n * 10));
	await world.send(...sends(4));
	const { keptMessageIds } = await world.step();
	expect(keptMessageIds).toEqual([]);
	expect(world.calls).toEqual([["r0", "r1", "r2", "r3"]]);
	expect(world.row("r0")).toMatchObject({ state: "SUCCESS", result: { json: "0" } });
	expect(world.row("r3")).toMatchObject({ state: "SUCCESS", result: { json: "30" } });
	expect(world.requests).toEqual({ claimMany: 1, settleMany: 1, beatMany: 0, sendMany: 0 });
});

it("performs no more than runsMax together, and a run alone at once", async () => {
	const world = batchWorld(async (items) => items.map(() => "ok"), { runsMax: 3 });
	await world.send(...sends(7));
	const before = world.clock.now();
	await world.step();
	expect(world.calls).toEqual([["r0", "r1", "r2"], ["r3", "r4", "r5"], ["r6"]]);
	// Nobody lingered: only the settles' own few milliseconds have passed.
	expect(world.clock.now() - before).toBeLessThan(50);
});

it("neither dead-locks nor waits where fewer runs than runsMax may perform at once", async () => {
	const world = batchWorld(async (items) => items.map(() => "ok"), { runsMax: 5, runConcurrency: 2 });
	await world.send(...sends(5));
	const before = world.clock.now();
	await world.step();
	expect(world.calls.map(({ length }) => length)).toEqual([2, 2, 1]);
	expect(world.clock.now() - before).toBeLessThan(50);
	expect(keysOf(world, "SUCCESS")).toEqual(["r0", "r1", "r2", "r3", "r4"]);
});

it("gives each run its own end: a result, an outcome, an error", async () => {
	const world = batchWorld(async () => [
		"fine",
		skip("nothing to do"),
		retryAfter(30, "not yet"),
		giveUp("never"),
		new JobError("database", "Connection timeout"),
		new JobError("validation", "No such row"),
	]);
	await world.send(...sends(6));
	await world.step();
	expect(world.row("r0")).toMatchObject({ state: "SUCCESS", result: { json: '"fine"' } });
	expect(world.row("r1")).toMatchObject({ state: "SKIPPED", reason: "nothing to do" });
	expect(world.row("r2")).toMatchObject({ state: "RETRY", error: { excType: "RetryAfter" } });
	expect(world.row("r3")).toMatchObject({ state: "FAILURE", reason: "gave-up" });
	expect(world.row("r4")).toMatchObject({ state: "RETRY", error: { errorClass: "database" } });
	expect(world.row("r5")).toMatchObject({ state: "FAILURE", error: { excMessage: "No such row" } });
	expect(world.letters().map(({ attributes }) => attributes["millrace-run-id"])).toEqual(["r3", "r5"]);
});

it("performs again only the run that failed", async () => {
	let calls = 0;
	const world = batchWorld(async (items) =>
		calls++ === 0 ? ["a", new JobError("api", "busy", { retryable: true }), "c"] : items.map(() => "again"),
	);
	await world.send(...sends(3));
	await world.drain();
	expect(world.calls).toEqual([["r0", "r1", "r2"], ["r1"]]);
	expect(world.row("r1")).toMatchObject({ state: "SUCCESS", attempts: 2, result: { json: '"again"' } });
	expect(world.row("r0")).toMatchObject({ attempts: 1 });
});

it("fails all of them alike when the implementation throws", async () => {
	const world = batchWorld(async () => {
		throw new JobError("database", "gone");
	});
	await world.send(...sends(3));
	await world.step();
	expect(keysOf(world, "RETRY")).toEqual(["r0", "r1", "r2"]);
	expect(world.row("r2")).toMatchObject({ error: { excMessage: "gone" } });
});

it.each([
	["too few answers", async () => ["only one"], "was given 2 runs and returned 1 answers"],
	["too many answers", async () => [1, 2, 3], "was given 2 runs and returned 3 answers"],
	["no array", async () => "done" as never, "was given 2 runs and returned no array"],
])("fails all of them finally for %s", async (_, implementation, message) => {
	const world = batchWorld(implementation);
	await world.send(...sends(2));
	await world.step();
	for (const id of ["r0", "r1"])
		expect(world.row(id)).toMatchObject({
			state: "FAILURE",
			reason: "final-error",
			error: {
				excType: "batch-answers-invalid",
				errorClass: "validation",
				excMessage: expect.stringContaining(message),
			},
		});
});

it("waits for a neighbour that is on its way no longer than waitMs", async () => {
	const world = batchWorld(async (items) => items.map(() => "ok"), { waitMs: 150 });
	await world.send(...sends(2));
	// Its input lies in the bucket, which is slow to answer.
	await world.sendReferenced("far", { n: 7 }, 1_000);
	const before = world.clock.now();
	await world.step();
	expect(world.calls).toEqual([["r0", "r1"], ["far"]]);
	expect(world.calledAt[0]).toBe(before + 150);
	expect(keysOf(world, "SUCCESS")).toEqual(["far", "r0", "r1"]);
});

it("waits for a neighbour that comes in time, and not for one that ends before", async () => {
	const world = batchWorld(async (items) => items.map(() => "ok"), { waitMs: 500 });
	await world.send(...sends(1), { job: "index", id: "bad", input: { n: "no number" } });
	await world.sendReferenced("far", { n: 7 }, 100);
	const before = world.clock.now();
	await world.step();
	expect(world.calls).toEqual([["r0", "far"]]);
	expect(world.calledAt[0]).toBe(before + 100);
});

it("settles a revoked run alone and at once, while the others go on", async () => {
	const world = batchWorld(async (items) => {
		await world.revoke("r1", "not wanted");
		await world.clock.sleep(30_000);
		return items.map(() => "ok");
	});
	await world.send(...sends(3));
	await world.step();
	expect(world.row("r1")).toMatchObject({ state: "REVOKED", reason: "not wanted" });
	// Told with the beat after 20 s, and a second's grace.
	expect((world.row("r1") as { endedAt: number }).endedAt - (world.calledAt[0] ?? 0)).toBeLessThan(22_000);
	expect(keysOf(world, "SUCCESS")).toEqual(["r0", "r2"]);
});

it("tells each run by its own signal, and a run that is told while it waits leaves the others", async () => {
	const world = batchWorld(async (items) => items.map(({ context }) => String(context.signal.aborted)), {
		waitMs: 10_000,
		hardSeconds: 5,
	});
	await world.send(...sends(1));
	await world.sendReferenced("far", { n: 7 }, 8_000);
	await world.step();
	// At its soft limit, which is a second before.
	expect(world.row("r0")).toMatchObject({ state: "RETRY", error: { excType: "soft-time-limit" } });
	expect(world.calls).toEqual([["far"]]);
	expect(world.row("far")).toMatchObject({ state: "SUCCESS", result: { json: '"false"' } });
});

it("records nothing of a run that lost its fence, and all of its neighbours", async () => {
	const world = batchWorld(async (items) => {
		await world.takeOver("r1");
		return items.map(() => "ok");
	});
	await world.send(...sends(3));
	const { keptMessageIds, received } = await world.step();
	expect(keptMessageIds).toEqual([received[1]?.messageId]);
	expect(keysOf(world, "SUCCESS")).toEqual(["r0", "r2"]);
	expect(world.row("r1")).toMatchObject({ state: "STARTED", fence: "another worker's" });
});

it("performs each run once however often its message comes in one invocation (INV-05)", async () => {
	const world = batchWorld(async (items) => items.map(() => "ok"));
	await world.send(...sends(2), ...sends(2), ...sends(1));
	await world.step();
	expect(world.calls).toEqual([["r0", "r1"]]);
	expect(keysOf(world, "SUCCESS")).toEqual(["r0", "r1"]);
});

it("keeps what belongs to a run apart: progress, log, enqueued runs, once", async () => {
	const world = batchWorld(async (items) =>
		Promise.all(
			items.map(async ({ input, context }) => {
				context.progress({ status: `at ${input.n}` });
				if (input.n === 1) context.enqueue(world.afterJob, { from: input.n });
				return context.once("effect", async () => `effect of ${input.n}`);
			}),
		),
	);
	await world.send(...sends(3));
	await world.step();
	expect(world.row("r2")).toMatchObject({ result: { json: '"effect of 2"' }, progress: { status: "at 2" } });
	expect(world.row("r1")).toMatchObject({ followUps: [{ message: { job: "after", input: { from: 1 } } }] });
	expect(world.row("r0")).toMatchObject({ followUps: [] });
});

it("performs all again whose worker died in the middle, and none that had settled (INV-01)", async () => {
	const began = Promise.withResolvers<void>();
	const world = batchWorld(async (items) => {
		if (world.calls.length === 1) {
			worker.kill();
			began.resolve();
		}
		return items.map(() => "ok");
	});
	const worker = world.mortalWorker();
	await world.send(...sends(3));
	void world.deliver(await world.receive(), worker.worker);
	await began.promise;
	await world.drain();
	expect(world.calls[0]).toEqual(["r0", "r1", "r2"]);
	expect(world.calls.length).toBeGreaterThan(1);
	expect(keysOf(world, "SUCCESS")).toEqual(["r0", "r1", "r2"]);
	expect(world.row("r0")).toMatchObject({ attempts: 2 });
});

it("leaves jobs of other kinds in the same batch alone", async () => {
	const world = batchWorld(async (items) => {
		await world.clock.sleep(1_000);
		return items.map(() => "ok");
	});
	await world.send(...sends(2), { job: "after", id: "plain", input: {} });
	await world.step();
	expect(world.row("plain")).toMatchObject({ state: "SUCCESS" });
	expect((world.row("plain") as { endedAt: number }).endedAt).toBeLessThan(
		(world.row("r0") as { endedAt: number }).endedAt,
	);
});

it("tells hooks of each run, and leaves out one whose `before` fails", async () => {
	const world = batchWorld(async (items) => items.map(() => "ok"));
	const told: string[] = [];
	await world.send(...sends(3));
	const received = await world.receive();
	await world.deliver(received, {
		hooks: {
			before: ({ runId }) => {
				told.push(`before ${runId}`);
				if (runId === "r1") throw new JobError("authentication", "No session");
			},
			after: ({ runId }, { state }) => {
				told.push(`after ${runId}: ${state}`);
			},
		},
	});
	expect(world.calls).toEqual([["r0", "r2"]]);
	expect(told.toSorted()).toEqual([
		"after r0: SUCCESS",
		"after r1: FAILURE",
		"after r2: SUCCESS",
		"before r0",
		"before r1",
		"before r2",
	]);
});

it("does not perform together with the others a run that was revoked before it began", async () => {
	const world = batchWorld(async (items) => items.map(() => "ok"));
	await world.send(...sends(2));
	const received = await world.receive();
	await world.deliver(received, {
		hooks: {
			before: async ({ runId }) => {
				if (runId !== "r1") return;
				await world.revoke("r1", "too late");
				// The next beat brings the news.
				await world.clock.sleep(21_000);
			},
		},
	});
	expect(world.calls).toEqual([["r0"]]);
	expect(world.row("r1")).toMatchObject({ state: "REVOKED", reason: "too late" });
});
