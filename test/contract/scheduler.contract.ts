/** What every scheduler keeps, whatever it is made of. Run on memory and on the local stack's schedule server by scheduler.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../shared/kernel/time.ts";
import type { RecurringMessage, ScheduledMessage, Scheduler } from "../../shared/ports/scheduler.ts";

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

		describe("of a recurring message", () => {
			/** Every ten minutes, from the next full ten minutes on. */
			const recurring = (more: Partial<RecurringMessage> = {}): RecurringMessage => ({
				...{
					name: `tick-${message().name}`,
					queueClass: "orders",
					expression: "cron(0/10 * * * ? *)",
					timeZone: "UTC",
				},
				...{ enabled: true, body: `${message().name}@<aws.scheduler.scheduled-time>`, eventAgeSeconds: 60 },
				description: "d",
				...more,
			});
			const ticks = () => world.arrived("orders").filter((body) => body.startsWith(`${message().name}@`));
			/** As texts of whole seconds: the next full ten minutes and the one after it. */
			function nextTwo(): readonly string[] {
				const first = Math.ceil((world.now() + 1) / 600_000) * 600_000;
				return [first, first + 600_000].map((at) => `${message().name}@${new Date(at).toISOString().slice(0, 19)}Z`);
			}

			it("sends it at every tick, with the time of the tick in it", async () => {
				const expected = nextTwo();
				await world.scheduler.recur(recurring());
				await world.passSeconds(1_200);
				expect(ticks()).toEqual(expected);
			});

			it("replaces the one of the same name", async () => {
				await world.scheduler.recur(recurring());
				await world.scheduler.recur(recurring({ queueClass: "mail" }));
				await world.passSeconds(1_200);
				expect(ticks()).toEqual([]);
				expect(world.arrived("mail").filter((body) => body.startsWith(`${message().name}@`))).toHaveLength(2);
			});

			it("stops and goes on, without making up for what was between", async () => {
				const { name } = recurring();
				await world.scheduler.recur(recurring());
				expect(await world.scheduler.turn(name, "off")).toBe(true);
				await world.passSeconds(1_200);
				expect(ticks()).toEqual([]);
				const expected = nextTwo();
				expect(await world.scheduler.turn(name, "on")).toBe(true);
				await world.passSeconds(1_200);
				expect(ticks()).toEqual(expected);
				await world.scheduler.cancel([name]);
				await world.passSeconds(1_200);
				expect(ticks()).toEqual(expected);
				expect(await world.scheduler.turn(name, "on")).toBe(false);
			});

			it("may be made stopped", async () => {
				await world.scheduler.recur(recurring({ enabled: false }));
				await world.passSeconds(1_200);
				expect(ticks()).toEqual([]);
			});
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

		it("lists what waits, each with its time, its queue and its message", async () => {
			const { name, at } = message();
			const wait = (letter: string, queueClass: "orders" | "mail") =>
				message({
					name: `${name}-list.${letter}`,
					queueClass,
					body: `{"id":"${letter}"}`,
					description: `wait ${letter}`,
				});
			for (const one of [wait("b", "mail"), wait("a", "orders"), wait("c", "orders")])
				await world.scheduler.schedule(one);
			const whole = epochMs(Math.ceil(at / 1000) * 1000);
			const expected = (letter: string, queueClass: "orders" | "mail") => ({
				...wait(letter, queueClass),
				at: expect.toSatisfy((instant) => instant === at || instant === whole),
			});
			expect(await world.scheduler.list({ namePrefix: `${name}-list.`, limit: 10 })).toEqual({
				waits: [expected("a", "orders"), expected("b", "mail"), expected("c", "orders")],
				more: false,
			});
			const two = await world.scheduler.list({ namePrefix: `${name}-list.`, limit: 2 });
			expect([two.waits.map((one) => one.name), two.more]).toEqual([[`${name}-list.a`, `${name}-list.b`], true]);
			await world.passSeconds(3_601);
			expect(await world.scheduler.list({ namePrefix: `${name}-list.`, limit: 10 })).toEqual({
				waits: [],
				more: false,
			});
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
