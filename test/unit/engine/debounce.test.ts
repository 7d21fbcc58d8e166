/** Of runs that come shortly one after another under one key the last performs, once. On the whole engine, in memory. */
import { describe, expect, it } from "vitest";
import { JobError } from "../../../shared/job/index.ts";
import { runId } from "../../../shared/kernel/ids.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import { debounceWorld } from "../../support/debounce-world.ts";
import { main } from "../../support/engine-world.ts";

const textsOf = ({ works }: Pick<ReturnType<typeof debounceWorld>, "works">) => works.map(({ text }) => text);

describe("a debounced job", () => {
	it("performs a run that stays alone, after the time of quiet", async () => {
		const world = debounceWorld();
		const sentAt = world.clock.now();
		await world.enqueue("a", "one");
		await world.drain();
		expect(world.works).toEqual([{ run: "a", attempt: 1, document: "d", text: "one", at: sentAt + 5_000 }]);
		expect(world.row("a")).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("performs the last of several, so long after it, and skips the others by name", async () => {
		const world = debounceWorld();
		const start = world.clock.now();
		for (const [index, id] of ["a", "b", "c"].entries()) {
			await world.enqueue(id, `text ${id}`);
			await world.until(index === 2 ? 0 : 2_000);
		}
		await world.drain();
		expect(world.works).toMatchObject([{ run: "c", text: "text c", at: start + 9_000 }]);
		expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: c", attempts: 0 });
		expect(world.row("b")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: c" });
		expect(world.letters()).toEqual([]);
	});

	it("begins anew after its time of quiet", async () => {
		const world = debounceWorld();
		await world.enqueue("a", "one");
		await world.until(6_000);
		await world.enqueue("b", "two");
		await world.drain();
		expect(textsOf(world)).toEqual(["one", "two"]);
	});

	it("counts each key apart, and all runs together without one", async () => {
		const apart = debounceWorld();
		await apart.enqueue("a", "one", {}, { document: "x" });
		await apart.enqueue("b", "two", {}, { document: "y" });
		await apart.drain();
		expect(textsOf(apart)).toEqual(["one", "two"]);

		const perTenant = debounceWorld({ per: "tenant" });
		await perTenant.enqueue("a", "one", { tenant: "t" }, { document: "x" });
		await perTenant.enqueue("b", "two", { tenant: "t" }, { document: "y" });
		await perTenant.enqueue("c", "three", { tenant: "u" }, { document: "y" });
		await perTenant.drain();
		expect(textsOf(perTenant)).toEqual(["two", "three"]);
	});

	it("waits no longer than maxSeconds, however many follow", async () => {
		const world = debounceWorld({ seconds: 5, maxSeconds: 12 });
		const start = world.clock.now();
		for (let n = 0; n < 10; n++) {
			await world.enqueue(`r${n}`, `text ${n}`);
			await world.until(3_000);
		}
		await world.drain();
		// Sent at 0, 3, … 27. The first wait is over at 12, just before the fifth comes; the next at 24; then it becomes quiet.
		expect(world.works).toMatchObject([
			{ text: "text 3", at: start + 12_000 },
			{ text: "text 7", at: start + 24_000 },
			{ text: "text 9", at: start + 32_000 },
		]);
	});

	it("performs the newest alone when maxSeconds ends the wait of several at once, whichever invocation gets it first", async () => {
		const world = debounceWorld({ seconds: 10, maxSeconds: 60 });
		const start = world.clock.now();
		for (let n = 0; n < 30; n++) {
			await world.enqueue(`r${n}`, `text ${n}`);
			await world.until(Math.min(2_000, start + 59_999 - world.clock.now()));
		}
		await world.clock.advance(start + 60_000 - world.clock.now());
		const received = await world.receive();
		const isNewest = ({ body }: { readonly body: string }) => body.includes('"r29"');
		expect(received.length).toBeGreaterThan(1);
		for (const part of [received.filter(isNewest), received.filter((one) => !isNewest(one))]) {
			await world.deliver(part);
			await world.queue.remove(
				main,
				part.map(({ receiptHandle }) => receiptHandle),
			);
			await world.clock.advance(100);
		}
		await world.drain();
		expect(textsOf(world)).toEqual(["text 29"]);
		expect(world.row("r28")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: r29" });
	});

	it("is the last by when it was sent, whatever the order of delivery", async () => {
		const world = debounceWorld();
		await world.enqueue("older", "first text");
		const [late] = await world.receive();
		if (late === undefined) throw new Error("nothing received");
		await world.clock.advance(1_000);
		await world.enqueue("newer", "second text");
		await world.step();
		await world.deliver([late]);
		await world.queue.remove(main, [late.receiptHandle]);
		await world.drain();
		expect(textsOf(world)).toEqual(["second text"]);
		expect(world.row("older")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: newer" });
	});

	it("skips one that was sent before and arrives after the later one has performed", async () => {
		const world = debounceWorld();
		await world.enqueue("older", "first text");
		const [late] = await world.receive();
		if (late === undefined) throw new Error("nothing received");
		await world.clock.advance(1_000);
		await world.enqueue("newer", "second text");
		await world.until(20_000);
		expect(textsOf(world)).toEqual(["second text"]);
		await world.deliver([late]);
		await world.queue.remove(main, [late.receiptHandle]);
		await world.drain();
		expect(textsOf(world)).toEqual(["second text"]);
		expect(world.row("older")).toMatchObject({ state: "SKIPPED" });
	});

	it("spends no attempt, and as few requests as it can: ten of one batch are one update", async () => {
		const world = debounceWorld();
		for (let n = 0; n < 10; n++) await world.enqueue(`r${n}`, `text ${n}`);
		await world.step();
		expect(world.requests).toEqual({ note: 1, endWait: 0 });
		// The nine are skipped at once, by one claim; the last is sent on.
		expect(world.calls).toEqual({ claimMany: 1, settleMany: 0, beatMany: 0, sendMany: 1 });
		await world.drain();
		expect(world.requests).toEqual({ note: 1, endWait: 1 });
		// All were sent in one millisecond, where the higher id is the later.
		expect(world.works).toMatchObject([{ run: "r9", attempt: 1 }]);
	});

	it("performs its retries although others came meanwhile", async () => {
		let failures = 1;
		const world = debounceWorld(
			{},
			{
				perform: async ({ text }) => {
					if (text === "one" && failures-- > 0) throw new JobError("database", "gone");
				},
			},
		);
		await world.enqueue("a", "one");
		await world.until(7_000);
		await world.enqueue("b", "two");
		await world.drain();
		expect(textsOf(world)).toEqual(["one", "two", "one"]);
		expect(world.row("a")).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});

	it("performs a redriven run at once", async () => {
		const world = debounceWorld(
			{},
			{
				perform: async () => {
					if (world.works.length === 1) throw new JobError("validation", "bad");
				},
			},
		);
		await world.enqueue("a", "one");
		await world.drain();
		await world.redrive();
		const redrivenAt = world.clock.now();
		await world.drain();
		expect(world.works).toHaveLength(2);
		expect(world.works[1]?.at).toBe(redrivenAt);
	});
});

describe("nothing is lost when", () => {
	it("a message is delivered twice while it waits and when it is due (INV-05)", async () => {
		const world = debounceWorld();
		await world.enqueue("a", "one");
		const first = await world.receive();
		await world.deliver(first);
		await world.deliver(first);
		await world.queue.remove(
			main,
			first.map(({ receiptHandle }) => receiptHandle),
		);
		await world.drain();
		expect(world.works).toHaveLength(1);
		expect(world.row("a")).toMatchObject({ state: "SUCCESS" });
	});

	it("the first message comes again after its run has performed", async () => {
		const world = debounceWorld();
		await world.enqueue("a", "one");
		const [first] = await world.receive();
		if (first === undefined) throw new Error("nothing received");
		await world.deliver([first]);
		await world.until(10_000);
		expect(world.works).toHaveLength(1);
		await world.enqueue("b", "two");
		await world.until(1_000);
		await world.deliver([first]);
		await world.queue.remove(main, [first.receiptHandle]);
		await world.drain();
		expect(textsOf(world)).toEqual(["one", "two"]);
	});

	it.each(["note", "send"] as const)("the worker dies after its %s", async (what) => {
		const world = debounceWorld();
		await world.enqueue("a", "one");
		await world.enqueue("b", "two");
		const mortal = world.mortalWorker();
		const { debounce } = world.worker;
		if (debounce === undefined) throw new Error("no store");
		const died = Promise.withResolvers<void>();
		const die = (): Promise<never> => {
			mortal.kill();
			died.resolve();
			return new Promise(() => {});
		};
		const received = await world.receive();
		void world.deliver(received, {
			...mortal.worker,
			...(what === "note"
				? {
						debounce: {
							...debounce,
							note: async (...given) => {
								await debounce.note(...given);
								return die();
							},
						},
					}
				: {
						queue: {
							...world.queue,
							sendMany: async (...given) => {
								await world.queue.sendMany(...given);
								return die();
							},
						},
					}),
		});
		await died.promise;
		await world.drain();
		expect(textsOf(world)).toEqual(["two"]);
		expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
	});

	it("the worker dies between the end of the wait and the claim, and others come before it is tried again", async () => {
		const world = debounceWorld();
		await world.enqueue("a", "one");
		await world.step();
		await world.clock.advance(5_000);
		const mortal = world.mortalWorker();
		const { debounce } = world.worker;
		if (debounce === undefined) throw new Error("no store");
		const died = Promise.withResolvers<void>();
		void world.deliver(await world.receive(), {
			...mortal.worker,
			debounce: {
				...debounce,
				endWait: async (...given) => {
					await debounce.endWait(...given);
					mortal.kill();
					died.resolve();
					return new Promise(() => {});
				},
			},
		});
		await died.promise;
		await world.enqueue("b", "two");
		await world.drain();
		expect(textsOf(world)).toEqual(["two"]);
		expect(world.row("a")).toMatchObject({ state: "SKIPPED", reason: "debounced_by: b" });
		expect(world.row("b")).toMatchObject({ state: "SUCCESS" });
	});

	it("the item is gone: who waits performs", async () => {
		const world = debounceWorld();
		await world.enqueue("a", "one");
		await world.step();
		(world.debounce.latest as Map<string, unknown>).clear();
		await world.drain();
		expect(textsOf(world)).toEqual(["one"]);
	});

	it("the item knows of an earlier run only: who waits performs", async () => {
		const world = debounceWorld();
		await world.enqueue("a", "one");
		await world.step();
		(world.debounce.latest as Map<string, unknown>).set("index#d", {
			run: runId("z"),
			sentAt: epochMs(world.clock.now() - 1),
			since: world.clock.now(),
		});
		await world.drain();
		expect(textsOf(world)).toEqual(["one"]);
	});
});
