/** What every scheduler keeps, whatever it is made of. Run on memory and on the local stack's schedule server by scheduler.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EpochMs, plusMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { ScheduledMessage, Scheduler } from "../../shared/ports/scheduler.ts";

export interface SchedulerWorld {
	readonly scheduler: Scheduler;
	now(): EpochMs;
	/** Lets the time pass, and what fires on the way arrive. */
	passSeconds(seconds: number): Promise<void>;
	/** Bodies that the queue of the class was sent, in order. */
	arrived(queueClass: "orders" | "mail"): readonly string[];
	stop(): Promise<void>;
}

export function describeScheduler(name: string, start: () => Promise<SchedulerWorld>): void {
	describe(`scheduler on ${name}`, () => {
		let world: SchedulerWorld;
		let made = 0;
		let message: (more?: Partial<ScheduledMessage>) => ScheduledMessage;
		beforeAll(async () => {
			world = await start();
		});
		afterAll(async () => {
			await world.stop();
		});
		beforeEach(() => {
			const at = plusSeconds(world.now(), 3_600);
			const unique = `m-${++made}`;
			message = (more = {}) => ({ name: unique, queueClass: "orders", at, body: unique, description: "d", ...more });
		});
		const arrivals = (body: string, queueClass: "orders" | "mail" = "orders") =>
			world.arrived(queueClass).filter((arrived) => arrived === body).length;

		it("sends a message to the queue of its class when its time has come, and not before", async () => {
			const { body } = message();
			await world.scheduler.schedule(message({ queueClass: "mail" }));
			await world.passSeconds(3_599);
			expect(arrivals(body, "mail")).toBe(0);
			await world.passSeconds(1);
			expect([arrivals(body, "mail"), arrivals(body)]).toEqual([1, 0]);
		});

		it("never sends before an instant between two seconds", async () => {
			const { body } = message();
			await world.scheduler.schedule(message({ at: plusMs(world.now(), 60_500) }));
			await world.passSeconds(60);
			expect(arrivals(body)).toBe(0);
			await world.passSeconds(1);
			expect(arrivals(body)).toBe(1);
		});

		it("keeps the first of two of one name", async () => {
			await world.scheduler.schedule(message());
			await world.scheduler.schedule(message({ body: "second", at: plusSeconds(world.now(), 5) }));
			await world.passSeconds(3_600);
			expect([arrivals(message().body), arrivals("second")]).toEqual([1, 0]);
		});

		it("sends each of many at its own time", async () => {
			const [a, b, c] = ["a", "b", "c"].map((letter) => `${message().name}-${letter}`);
			for (const [name = "", seconds] of [
				[c, 3_000],
				[a, 1_000],
				[b, 2_000],
			] as const)
				await world.scheduler.schedule(message({ name, body: name, at: plusSeconds(world.now(), seconds) }));
			await world.passSeconds(3_000);
			expect(world.arrived("orders").slice(-3)).toEqual([a, b, c]);
		});

		it("forgets what was cancelled, and takes it again", async () => {
			const { name, body } = message();
			await world.scheduler.schedule(message());
			await world.scheduler.cancel([name, "nothing-of-this-name"]);
			await world.passSeconds(7_200);
			expect(arrivals(body)).toBe(0);
			await world.scheduler.schedule(message({ at: plusSeconds(world.now(), 60) }));
			await world.passSeconds(60);
			expect(arrivals(body)).toBe(1);
		});

		it("cancels nothing that has been sent, and many at once", async () => {
			const names = Array.from({ length: 9 }, (_, index) => `${message().name}-${index}`);
			for (const name of names) await world.scheduler.schedule(message({ name, body: name }));
			await world.scheduler.cancel(names.slice(1));
			await world.passSeconds(3_600);
			await world.scheduler.cancel(names);
			expect(names.map((body) => arrivals(body))).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
		});

		it("tells whether anything waits under a name that begins so", async () => {
			const { name } = message();
			await world.scheduler.schedule(message({ name: `${name}-x.1` }));
			expect(await world.scheduler.waits(`${name}-x.`)).toBe(true);
			expect(await world.scheduler.waits(`${name}-y.`)).toBe(false);
			// No pattern: every character stands for itself.
			expect(await world.scheduler.waits(`${name}_x`)).toBe(false);
			await world.passSeconds(3_600);
			expect(await world.scheduler.waits(`${name}-x.`)).toBe(false);
		});

		it("takes an instant that has passed as now", async () => {
			const { body } = message();
			await world.scheduler.schedule(message({ at: plusSeconds(world.now(), -10) }));
			await world.passSeconds(1);
			expect(arrivals(body)).toBe(1);
		});

		it("brings text of any alphabet, up to the largest", async () => {
			const bodies = [`{"a":"naïve 😀 ключ \\u0000"}`, "ä".repeat(131_072)];
			for (const [index, body] of bodies.entries())
				await world.scheduler.schedule(message({ name: `${message().name}-${index}`, body }));
			await world.passSeconds(3_600);
			expect(bodies.map((body) => arrivals(body))).toEqual([1, 1]);
		});
	});
}
