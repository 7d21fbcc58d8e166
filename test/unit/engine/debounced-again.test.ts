/** Debounced runs that are enqueued more than once under one id: nothing is lost when … On the whole engine, in memory. */
import { expect, it } from "vitest";
import { debounceWorld } from "../../support/debounce-world.ts";
import { main } from "../../support/engine-world.ts";

const textsOf = ({ works }: Pick<ReturnType<typeof debounceWorld>, "works">) => works.map(({ text }) => text);

it("a run that has performed is enqueued once more after a new one: that one performs", async () => {
	const world = debounceWorld();
	await world.enqueue("a", "one");
	await world.until(10_000);
	await world.enqueue("b", "two");
	await world.until(1_000);
	await world.enqueue("a", "one");
	await world.drain();
	expect(textsOf(world)).toEqual(["one", "two"]);
	expect(world.row("b")).toMatchObject({ state: "SUCCESS" });
});

it("a run that gave way is enqueued once more as the last: it performs", async () => {
	const world = debounceWorld();
	await world.enqueue("a", "one");
	await world.until(1_000);
	await world.enqueue("b", "two");
	await world.until(4_500);
	expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
	await world.enqueue("a", "one");
	await world.drain();
	expect(textsOf(world)).toEqual(["one"]);
	expect(world.row("a")).toMatchObject({ state: "SUCCESS", generation: 2 });
	expect(world.row("b")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: a" });
});

it("a run that gave way is enqueued once more, and another after it: that one performs, for both", async () => {
	const world = debounceWorld();
	await world.enqueue("a", "one");
	await world.until(1_000);
	await world.enqueue("b", "two");
	await world.until(4_500);
	await world.enqueue("a", "one");
	await world.until(3_000);
	await world.enqueue("c", "three");
	await world.drain();
	expect(textsOf(world)).toEqual(["three"]);
	// A row's first word stands: these two lead in a circle.
	expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
	expect(world.row("b")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: a" });
});

it.each([
	["it performs", ["one"], []],
	["who comes after it performs, for all of them", ["three"], ["c"]],
])("a run was sent on to come at its time, and its first message gives way: %s", async (_, performed, after) => {
	const world = debounceWorld({ seconds: 50 });
	await world.enqueue("a", "one", { notBefore: new Date(world.clock.now() + 60_000).toISOString() });
	await world.clock.advance(30_000);
	await world.enqueue("b", "two");
	// The worker that sends it on dies before its first message is acknowledged.
	const received = await world.receive();
	const [first] = received.filter(({ body }) => JSON.parse(body).id === "a");
	const [other] = received.filter(({ body }) => JSON.parse(body).id === "b");
	if (first === undefined || other === undefined) throw new Error("nothing received");
	await world.clock.advance(1);
	await world.deliver([first]);
	await world.deliver([other]);
	await world.clock.advance(30_000);
	await world.deliver([first]);
	expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
	await world.queue.remove(main, [first.receiptHandle, other.receiptHandle]);
	await world.until(25_000);
	expect(world.row("b")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: a" });
	for (const id of after) await world.enqueue(id, "three");
	await world.drain();
	expect(textsOf(world)).toEqual(performed);
});

it("a run that gave way is enqueued once more as the last, and then waits for a limit: it performs", async () => {
	const world = debounceWorld(
		{},
		{
			concurrencyMax: 1,
			perform: async ({ text }) => {
				if (text === "slow") await world.clock.sleep(20_000);
			},
		},
	);
	await world.enqueue("a", "one");
	await world.until(1_000);
	await world.enqueue("b", "two");
	await world.until(4_500);
	expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
	await world.enqueue("a", "one");
	await world.step();
	await world.enqueue("elsewhere", "slow", {}, { document: "other" });
	await world.step();
	await world.clock.advance(5_000);
	// The one of another document holds the only place while the last of this one has its turn.
	const received = await world.receive();
	const of = (id: string) => received.filter(({ body }) => (JSON.parse(body) as { id: string }).id === id);
	const slow = world.deliver(of("elsewhere"));
	await Promise.all([world.deliver(of("a")), world.deliver(of("b"))]);
	await slow;
	expect(world.telemetry.named("run.deferred")).toContainEqual(expect.objectContaining({ why: "concurrency" }));
	await world.queue.remove(
		main,
		received.map(({ receiptHandle }) => receiptHandle),
	);
	await world.drain();
	expect(textsOf(world)).toEqual(["slow", "one"]);
	expect(world.row("a")).toMatchObject({ state: "SUCCESS", generation: 2 });
	expect(world.row("b")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: a" });
});

it("a run that gave way is enqueued once more as the last: a copy of its first message leaves it to that", async () => {
	const world = debounceWorld({ maxSeconds: 10 });
	await world.enqueue("a", "one");
	const [first] = await world.receive();
	if (first === undefined) throw new Error("nothing received");
	await world.deliver([first]);
	await world.queue.remove(main, [first.receiptHandle]);
	await world.until(1_000);
	await world.enqueue("b", "two");
	await world.until(4_500);
	expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
	await world.enqueue("a", "one");
	await world.step();
	await world.clock.advance(20_000);
	await world.deliver([first]);
	expect(world.row("a")).toMatchObject({ state: "SKIPPED", generation: 1 });
	await world.drain();
	expect(world.works).toMatchObject([{ run: "a", attempt: 1 }]);
	expect(world.row("a")).toMatchObject({ state: "SUCCESS", generation: 2 });
});

it("a run that gave way is enqueued twice more, and the worker of one of these and its message are lost", async () => {
	const begun = Promise.withResolvers<void>();
	const world = debounceWorld(
		{},
		{
			perform: ({ text }) => {
				begun.resolve();
				return world.works.length === 1 ? new Promise(() => {}) : Promise.resolve(text);
			},
		},
	);
	await world.enqueue("a", "one");
	await world.until(1_000);
	await world.enqueue("b", "two");
	await world.until(4_500);
	expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
	await world.enqueue("a", "one");
	await world.enqueue("a", "one");
	await world.step();
	await world.clock.advance(5_000);
	const received = await world.receive();
	const mortal = world.mortalWorker();
	const [one] = received.filter(({ body }) => (JSON.parse(body) as { id: string }).id === "a");
	if (one === undefined) throw new Error("nothing received");
	void world.deliver([one], mortal.worker);
	await begun.promise;
	mortal.kill();
	await world.queue.remove(main, [one.receiptHandle]);
	expect(world.row("a")).toMatchObject({ state: "STARTED", generation: 2, attempts: 1 });
	await world.drain();
	expect(world.works).toMatchObject([
		{ run: "a", attempt: 1 },
		{ run: "a", attempt: 2 },
	]);
	expect(world.row("a")).toMatchObject({ state: "SUCCESS", generation: 2 });
});

it("one run is enqueued twice while it waits: it performs once, after the second", async () => {
	const world = debounceWorld();
	const start = world.clock.now();
	await world.enqueue("a", "one");
	await world.until(3_000);
	await world.enqueue("a", "one");
	await world.drain();
	expect(world.works).toMatchObject([{ run: "a", at: start + 8_000 }]);
});
