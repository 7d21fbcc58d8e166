/** The whole engine on memory adapters: what a team's hooks are told. */
import { expect, it } from "vitest";
import { JobError, skip, type WorkerHooks } from "../../../shared/job/index.ts";
import { engineWorld } from "../../support/engine-world.ts";

const message = { job: "work", input: { n: 1 }, id: "r", tenant: "acme", headers: { origin: "test" } };

function hooked(hooks: WorkerHooks, perform: Parameters<typeof engineWorld>[0]) {
	const world = engineWorld(perform);
	const drain = async (): Promise<void> => {
		while (world.queue.messages({ queueClass: "standard", queue: "main" }).length > 0) {
			await world.clock.advance(30_000);
			const received = await world.receive();
			await world.deliver(received, { hooks });
			await world.queue.remove(
				{ queueClass: "standard", queue: "main" },
				received.map(({ receiptHandle }) => receiptHandle),
			);
		}
	};
	return { world, drain };
}

it("are told before and after each attempt, of retries and of the failure, in this order", async () => {
	const told: unknown[] = [];
	const { world, drain } = hooked(
		{
			before: ({ runId, attempt, leg, tenant, headers }, input) =>
				void told.push(["before", runId, attempt, leg, tenant, headers, input]),
			retry: ({ attempt }, { error }) => void told.push(["retry", attempt, error.errorClass, error.excMessage]),
			failure: ({ attempt }, { reason }) => void told.push(["failure", attempt, reason]),
			after: ({ attempt }, { state }) => void told.push(["after", attempt, state]),
		},
		async (_, { attempt }) => {
			throw new JobError(attempt === 1 ? "database" : "validation", `attempt ${attempt}`);
		},
	);
	await world.send(message);
	await drain();
	const input = { n: 1, note: "none" };
	expect(told).toEqual([
		["before", "r", 1, 1, "acme", { origin: "test" }, input],
		["retry", 1, "database", "attempt 1"],
		["after", 1, "RETRY"],
		["before", "r", 2, 1, "acme", { origin: "test" }, input],
		["failure", 2, "final-error"],
		["after", 2, "FAILURE"],
	]);
});

it("fail the attempt before it begins, and nothing after it has ended", async () => {
	const before = hooked({ before: () => Promise.reject(new JobError("authentication", "no session")) }, async () => {
		throw new Error("must not perform");
	});
	await before.world.send(message);
	await before.drain();
	expect(before.world.row("r")).toMatchObject({ state: "FAILURE", error: { excMessage: "no session" } });

	const after = hooked({ after: () => Promise.reject(new Error("the report is down")) }, async () => skip("nothing"));
	await after.world.send(message);
	await after.drain();
	expect(after.world.row("r")?.state).toBe("SKIPPED");
	expect(after.world.telemetry.named("hook.failed")).toMatchObject([{ hook: "after", why: "the report is down" }]);
});

it("never begin an attempt that was settled while the hook before it took its time (INV-05)", async () => {
	let performed = 0;
	const { world, drain } = hooked(
		{
			before: () =>
				new Promise<void>((resolve) => {
					release = resolve;
				}),
		},
		async () => {
			performed++;
			return { doubled: 2 };
		},
	);
	let release: () => void = () => {};
	await world.send(message);
	const drained = drain();
	// Told to stop 3 s before its function ends, and settled a second later.
	while (world.row("r")?.state !== "RETRY") await world.clock.advance(1_000);
	expect(world.row("r")).toMatchObject({ state: "RETRY", error: { excType: "attempt-deadline" } });
	release();
	await world.clock.advance(1_000);
	expect(performed).toBe(0);
	void drained;
});

/** Delivers a message to a worker whose event loop a neighbour keeps busy, so that its timers don't ring, until `before` has ended. */
function besideABusyOne(before: (world: ReturnType<typeof engineWorld>) => Promise<unknown>) {
	let performed = 0;
	const world = engineWorld(
		async () => {
			performed++;
		},
		{ functionTimeoutSeconds: 300 },
	);
	let busy = true;
	const clock: typeof world.clock = {
		...world.clock,
		sleep: (...given) => (busy ? new Promise<void>(() => {}) : world.clock.sleep(...given)),
	};
	const hooks: WorkerHooks = {
		async before() {
			await before(world);
			busy = false;
		},
	};
	const deliver = async () => world.deliver(await world.receive(), { clock, hooks });
	return { world, deliver, performed: () => performed };
}

it("never begin an attempt that another worker took over while a neighbour kept the event loop busy (INV-05)", async () => {
	const { world, deliver, performed } = besideABusyOne(async ({ clock, deliver: other, receive }) => {
		await clock.advance(400_000);
		await other(await receive());
	});
	await world.send(message);
	expect((await deliver()).keptMessageIds).toHaveLength(1);
	expect(performed()).toBe(1);
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 2 });
});

it("begin an attempt that nobody took over meanwhile, with a new lease", async () => {
	const { world, deliver, performed } = besideABusyOne(({ clock }) => clock.advance(150_000));
	await world.send(message);
	expect((await deliver()).keptMessageIds).toEqual([]);
	expect(performed()).toBe(1);
	expect(world.calls.beatMany).toBe(1);
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1 });
});

it("begin no attempt whose lease can't be renewed since its invocation is over", async () => {
	const { world, deliver, performed } = besideABusyOne(({ clock }) => clock.advance(400_000));
	await world.send(message);
	await deliver();
	expect(performed()).toBe(0);
	expect(world.row("r")).toMatchObject({ state: "RETRY", error: { excType: "fence-lost" } });
});

it("are told of no end of an attempt whose time was over before it began", async () => {
	const told: string[] = [];
	const world = engineWorld(async () => {}, {
		long: async (context) => {
			await world.clock.advance(55_000);
			await context.checkpoint("half");
		},
		worker: {
			hooks: {
				before: ({ leg }) => void told.push(`before leg ${leg}`),
				failure: (_, { reason }) => void told.push(`failure ${reason}`),
				after: () => void told.push("after"),
			},
		},
	});
	await world.send({ job: "long", input: {}, id: "r" });
	await world.step();
	// Its hard limit is 300 s over all legs.
	await world.clock.advance(400_000);
	await world.drain();
	expect(world.performed).toEqual(["r#1.1"]);
	expect(world.row("r")).toMatchObject({ state: "FAILURE", reason: "time-limit-exceeded" });
	expect(told).toEqual(["before leg 1", "failure time-limit-exceeded"]);
});
