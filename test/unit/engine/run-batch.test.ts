/** The whole engine on memory adapters: plain runs, duplicates, retries, times, and what a run leaves. */
import { describe, expect, it } from "vitest";
import { giveUp, type JobContext, JobError, skip } from "../../../shared/job/index.ts";
import { flaky, ok } from "../../support/engine-work.ts";
import { after, engineWorld, main } from "../../support/engine-world.ts";

describe("a plain run", () => {
	it("is claimed, performed with the schema's defaults, settled and acknowledged", async () => {
		const inputs: unknown[] = [];
		const world = engineWorld(async (input) => {
			inputs.push(input);
			return { doubled: input.n * 2 };
		});
		await world.send({ job: "work", input: { n: 4 }, id: "r-1", tenant: "t" });
		await world.drain();
		expect(inputs).toEqual([{ n: 4, note: "none" }]);
		expect(world.row("r-1")).toMatchObject({
			state: "SUCCESS",
			attempts: 1,
			tenant: "t",
			result: { kind: "inline", json: '{"doubled":8}' },
		});
	});

	it.each([
		["a leg", 57_500, []],
		["an invocation", 61_000, ["message-1"]],
	])(
		"does not begin when its claim comes back after the end of %s, and spends no attempt on that",
		async (_, lateMs, kept) => {
			const world = engineWorld(ok);
			await world.send({ job: "work", input: { n: 1 }, id: "r" });
			const received = await world.receive();
			const frozen = {
				...world.store,
				claimMany: async (claims: Parameters<typeof world.store.claimMany>[0]) => {
					const results = await world.store.claimMany(claims);
					await world.clock.sleep(lateMs);
					return results;
				},
			};
			expect((await world.deliver(received, { store: frozen })).keptMessageIds).toEqual(kept);
			await world.clock.advance(5_000);
			expect(world.performed).toEqual([]);
			expect(world.row("r")).toMatchObject({ state: "LEG", nextLeg: 1, attempts: 1 });
			// Whatever has become of it meanwhile.
			await world.queue.remove(
				main,
				received.map(({ receiptHandle }) => receiptHandle),
			);
			await world.drain();
			expect(world.performed).toEqual(["r#1"]);
			expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1 });
		},
	);

	it("is left to another invocation when its turn among its neighbours comes shortly before the leg's end", async () => {
		const world = engineWorld(() => world.clock.sleep(50_000), { runConcurrency: 1 });
		await world.send({ job: "work", input: { n: 1 }, id: "first" }, { job: "work", input: { n: 2 }, id: "second" });
		const { keptMessageIds } = await world.step();
		expect(keptMessageIds).toEqual(["message-2"]);
		expect(world.row("second")).toBeUndefined();
		await world.drain();
		expect(world.performed).toEqual(["first#1", "second#1"]);
		expect(world.row("second")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("costs two store calls and no send for a batch of ten", async () => {
		const world = engineWorld(ok);
		await world.send(...Array.from({ length: 10 }, (_, n) => ({ job: "work", input: { n } })));
		await world.drain();
		expect(world.calls).toEqual({ claimMany: 1, settleMany: 1, beatMany: 0, sendMany: 0 });
	});

	it("is named by its id, else by job and key under any alias, else by its message", async () => {
		const world = engineWorld(ok);
		await world.send(
			{ job: "work", input: { n: 1 }, id: "given" },
			{ job: "work_before", input: { n: 1 }, key: "k" },
			{ job: "work", input: { n: 1 }, key: "k" },
			{ job: "work", input: { n: 1 } },
		);
		await world.drain();
		expect(world.performed).toHaveLength(3);
		expect(world.performed.map((entry) => entry.slice(0, 8))).toEqual(["given#1", "k-ed1a43", "message-"]);
	});

	it("does not hold its neighbours back: who is done settles while a slow one performs", async () => {
		let release = () => {};
		const world = engineWorld((input) =>
			input.n === 0 ? new Promise<string>((resolve) => (release = () => resolve("slow"))) : ok(),
		);
		await world.send(...[0, 1, 2].map((n) => ({ job: "work", input: { n }, id: `r-${n}` })));
		const step = world.step();
		await world.telemetry.waitFor("run.settled", ({ runId }) => runId === "r-2");
		expect(["r-0", "r-1", "r-2"].map((id) => world.row(id)?.state)).toEqual(["STARTED", "SUCCESS", "SUCCESS"]);
		release();
		await step;
		expect(world.row("r-0")?.state).toBe("SUCCESS");
	});

	it("keeps to the bound of runs at once", async () => {
		let now = 0;
		let most = 0;
		const world = engineWorld(
			async () => {
				most = Math.max(most, ++now);
				await new Promise((resolve) => setImmediate(resolve));
				now--;
			},
			{ runConcurrency: 3 },
		);
		await world.send(...Array.from({ length: 10 }, (_, n) => ({ job: "work", input: { n } })));
		await world.drain();
		expect(most).toBe(3);
		expect(world.performed).toHaveLength(10);
	});
});

describe("duplicates (INV-05, INV-07)", () => {
	it("performs ten messages of one key once, in one batch or in ten", async () => {
		const message = { job: "work", input: { n: 1 }, key: "k" };
		const together = engineWorld(ok);
		await together.send(...Array.from({ length: 10 }, () => message));
		await together.drain();
		expect(together.performed).toHaveLength(1);

		const apart = engineWorld(ok);
		for (let round = 0; round < 10; round++) {
			await apart.send(message);
			await apart.drain();
		}
		expect(apart.performed).toHaveLength(1);
		expect(apart.letters()).toEqual([]);
	});

	it("defers a duplicate of a run that performs elsewhere, then finds it done", async () => {
		let release = () => {};
		const world = engineWorld(() => new Promise((resolve) => (release = () => resolve("done"))));
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		const first = world.step();
		await world.telemetry.waitFor("attempt.started");
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.step();
		expect(world.telemetry.named("run.deferred")).toMatchObject([{ why: "leased", attempt: 1, delaySeconds: 76 }]);
		release();
		await first;
		await world.drain();
		expect(world.performed).toEqual(["r#1"]);
	});

	it.each([
		["its next attempt", flaky(1), ["r#1", "r#2"]],
		["its follow-up", async (_: unknown, context: JobContext) => context.enqueue(after, 1), ["r#1", "after"]],
	])(
		"does not lose %s when its message is delivered twice and the worker dies after the settle (INV-01)",
		async (_, perform, performed) => {
			let begun = 0;
			let release = () => {};
			const world = engineWorld(async (input, context) => {
				if (begun++ === 0) await new Promise<void>((resolve) => (release = resolve));
				return perform(input, context);
			});
			await world.send({ job: "work", input: { n: 1 }, id: "r" });
			const received = await world.receive();
			const dying = world.deliver(received, {
				queue: { ...world.queue, sendMany: () => new Promise(() => {}) },
			});
			await world.telemetry.waitFor("attempt.started");
			// The same SQS message again, while the run performs: it stays, and no copy takes its place.
			expect(await world.deliver(received)).toEqual({ keptMessageIds: ["message-1"] });
			expect(world.queue.messages(main)).toHaveLength(1);
			release();
			await dying;
			await world.drain();
			expect(world.performed.map((entry) => entry.replace(/:f-.*/, ""))).toEqual(performed);
		},
	);

	it("refuses an id that another job uses already, and leaves that run alone", async () => {
		const world = engineWorld(ok);
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		await world.send({ job: "after", input: 1, id: "r" });
		await world.drain();
		expect(world.row("r")).toMatchObject({ job: "work", state: "SUCCESS" });
		expect(world.letters()).toMatchObject([{ reason: "run-id-conflict", body: '{"job":"after","input":1,"id":"r"}' }]);
	});
});

describe("retries (INV-06)", () => {
	it("performs again after the policy's delays, under the same id", async () => {
		const world = engineWorld(flaky(2));
		const start = world.clock.now();
		await world.send({ job: "work", input: { n: 1 }, id: "r" });
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2", "r#3"]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 3, generation: 1 });
		expect(world.clock.now() - start).toBe(30_000);
	});

	it("sends on the input and headers that came, whatever the implementation did to them", async () => {
		const seen: unknown[] = [];
		const world = engineWorld(async (input, context) => {
			seen.push(JSON.stringify([input, context.headers]));
			Object.assign(input, { n: "spoilt" });
			Object.assign(context.headers, { h: "spoilt", more: "x" });
			throw new JobError("database", "failed");
		});
		await world.send({ job: "work", input: { n: 1 }, id: "r", headers: { h: "a" } });
		await world.drain();
		expect(seen).toEqual(Array.from({ length: 3 }, () => '[{"n":1,"note":"none"},{"h":"a"}]'));
		expect(world.letters()[0]?.body).toBe(
			'{"job":"work","input":{"n":1},"id":"r","headers":{"h":"a"},"generation":2,"born":1795165200000}',
		);
	});

	it("ends in the dead-letter queue with reason, error, attempts and input, and a redrive starts afresh (INV-10)", async () => {
		const world = engineWorld(flaky(4));
		await world.send({ job: "work_before", input: { n: 7 }, id: "r" });
		await world.drain();
		expect(world.row("r")).toMatchObject({
			state: "FAILURE",
			reason: "attempts-exhausted",
			attempts: 3,
			error: { excType: "DatabaseError" },
		});
		expect(world.letters()).toMatchObject([
			{
				reason: "attempts-exhausted",
				body: '{"job":"work","input":{"n":7},"id":"r","generation":2,"born":1795165200000}',
				attributes: {
					"millrace-attempts": "3",
					"millrace-error": expect.stringContaining(
						'{"exc_type":"DatabaseError","exc_message":"Connection timeout","traceback":"',
					),
				},
			},
		]);
		await world.redrive();
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2", "r#3", "r#1", "r#2"]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2, generation: 2 });
	});

	it("makes one performance of a dead letter that is redriven twice, and none of one that has succeeded", async () => {
		const world = engineWorld(flaky(3));
		await world.send({ job: "work", input: { n: 7 }, id: "r" });
		await world.drain();
		const [letter] = world.letters();
		await world.send(letter?.body ?? "", letter?.body ?? "");
		await world.drain();
		expect(world.performed).toEqual(["r#1", "r#2", "r#3", "r#1"]);
	});

	it("never retries what is final, gave up or was skipped", async () => {
		const world = engineWorld(async ({ n }) => {
			if (n === 0) throw new JobError("validation", "no such pipeline");
			return n === 1 ? giveUp("hopeless") : skip("nothing to do");
		});
		await world.send(...[0, 1, 2].map((n) => ({ job: "work", input: { n }, id: `r-${n}` })));
		await world.drain();
		expect([0, 1, 2].map((n) => world.row(`r-${n}`)?.state)).toEqual(["FAILURE", "FAILURE", "SKIPPED"]);
		expect(world.letters().map(({ reason }) => reason)).toEqual(["final-error", "gave-up"]);
		expect(world.performed).toHaveLength(3);
	});
});

describe("times", () => {
	it("holds a message until its notBefore by hops where there is no scheduler, without a row or an attempt", async () => {
		const world = engineWorld(ok);
		const start = world.clock.now();
		await world.send({ job: "work", input: { n: 1 }, id: "r", notBefore: new Date(start + 3_600_000).toISOString() });
		await world.step();
		expect(world.row("r")).toBeUndefined();
		await world.drain();
		expect(world.telemetry.named("run.deferred").map(({ delaySeconds }) => delaySeconds)).toEqual([
			3600, 2700, 1800, 900,
		]);
		expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1, startedAt: start + 3_600_000 });
	});

	it("revokes quietly what expired while it waited", async () => {
		const world = engineWorld(ok);
		await world.send({
			job: "work",
			input: { n: 1 },
			id: "r",
			expiresAt: new Date(world.clock.now() + 5000).toISOString(),
		});
		await world.clock.advance(5000);
		await world.drain();
		expect(world.row("r")).toMatchObject({ state: "REVOKED", reason: "expired", attempts: 0 });
		expect(world.performed).toEqual([]);
		expect(world.letters()).toEqual([]);
	});
});
