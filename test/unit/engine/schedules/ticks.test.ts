/** Ticks of schedules through the whole engine: who performs when, what a second fire does, and what happens while the run before goes on. */
import { describe, expect, it } from "vitest";
import { decideTick } from "../../../../shared/engine/schedules/decide-tick.ts";
import { runIdOfTick } from "../../../../shared/kernel/ids.ts";
import { type EpochMs, plusSeconds, toIso } from "../../../../shared/kernel/time.ts";
import type { ScheduleRegistry } from "../../../../shared/ports/schedule-registry.ts";
import { engineWorld, main } from "../../../support/engine-world.ts";
import { createMemoryScheduleRegistry } from "../../../support/memory-schedule-registry.ts";
import { settled } from "../../../support/run-records.ts";
import { MINUTE, START, scheduled } from "../../../support/scheduled-work.ts";

describe("a tick", () => {
	it("fired twice is one run, which is known by schedule and scheduled time", async () => {
		const { world, tick, row, startsSeconds } = scheduled();
		await tick("minutely-skip", START);
		await tick("minutely-skip", START);
		await world.drain();
		expect(startsSeconds).toEqual([0]);
		expect(row("minutely-skip", START)).toMatchObject({ state: "SUCCESS", attempts: 1 });
		expect(runIdOfTick("minutely-skip", START)).toBe("s-3220482881d4542abc820ae6426ef30ea92fca0a");
	});

	it("is noted, and the one that goes too", async () => {
		const { world, schedules, tick } = scheduled();
		const next = plusSeconds(START, MINUTE);
		await tick("minutely-skip", START);
		await world.drain();
		await world.clock.advance(MINUTE * 1000);
		await tick("minutely-skip", next);
		await world.drain();
		expect(await schedules.getMany(["minutely-skip"])).toMatchObject([
			{
				latest: { at: next, runId: runIdOfTick("minutely-skip", next) },
				going: { runId: runIdOfTick("minutely-skip", next) },
				missed: { count: 0 },
			},
		]);
	});

	it("is told once when it is admitted, though its message comes twice", async () => {
		const { world, tick } = scheduled();
		await tick("minutely-skip", START);
		await tick("minutely-skip", START);
		await world.drain();
		await tick("minutely-skip", START);
		await world.drain();
		expect(world.telemetry.named("tick.admitted")).toEqual([
			{ event: "tick.admitted", schedule: "minutely-skip", job: "work" },
		]);
	});

	it("that comes later than its catch-up window is skipped as missed", async () => {
		const { world, tick, row, startsSeconds } = scheduled();
		await tick("minutely-allow", plusSeconds(START, -3601));
		await tick("minutely-allow", plusSeconds(START, -3600));
		await world.drain();
		expect(startsSeconds).toEqual([0]);
		expect(row("minutely-allow", plusSeconds(START, -3601))).toMatchObject({
			state: "SKIPPED",
			attempts: 0,
			reason: "The tick came 3601 s after its time, later than its catch-up window of 3600 s.",
		});
		expect(world.telemetry.named("tick.skipped")).toMatchObject([{ schedule: "minutely-allow", why: "missed" }]);
	});

	it("of a schedule that an operator disabled, or that nobody knows, is skipped", async () => {
		const { world, schedules, tick, row } = scheduled();
		await schedules.disable("minutely-skip", "maintenance");
		await tick("minutely-skip", START);
		await tick("forgotten", START);
		await world.drain();
		expect(row("minutely-skip", START)).toMatchObject({
			state: "SKIPPED",
			reason: "The schedule is disabled: maintenance",
		});
		expect(row("forgotten", START)).toMatchObject({
			state: "SKIPPED",
			reason: "There is no such schedule of this job, or not any more.",
		});
	});

	it("whose worker died is performed again, whatever its schedule says by then", async () => {
		const { world, schedules, tick, row, startsSeconds } = scheduled();
		await tick("minutely-skip", START);
		const received = await world.receive();
		const { worker, kill } = world.mortalWorker();
		void world.deliver(received, {
			...worker,
			implementations: {
				work: async () => {
					kill();
					return new Promise(() => {});
				},
			},
		});
		await world.clock.advance(1000);
		await schedules.disable("minutely-skip", "maintenance");
		await world.drain();
		expect(startsSeconds).toHaveLength(1);
		expect(row("minutely-skip", START)).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});

	it("every half minute: one tick of a minute brings the second half's, once", async () => {
		const { world, tick, startsSeconds } = scheduled();
		await tick("half-minutely", START);
		await tick("half-minutely", START);
		await world.drain();
		expect(startsSeconds).toEqual([0, 30]);
	});
});

describe("a schedule of run time that is changed within a minute, or deleted", () => {
	const every = (everySeconds: number) => ({
		...{ job: "work", input: { n: 1 }, rule: { kind: "every", everySeconds } as const },
		...({ overlap: "allow", catchUp: { windowSeconds: 3600, runs: "latest" } } as const),
	});

	it("has no tick any more at the times that its new rule leaves out", async () => {
		const { world, schedules, tick, row, startsSeconds } = scheduled();
		await schedules.define("poll", every(15));
		await tick("poll", START);
		await world.step();
		await schedules.define("poll", every(30));
		await world.drain();
		expect(startsSeconds).toEqual([0, 30]);
		expect(row("poll", plusSeconds(START, 15))).toMatchObject({
			state: "SKIPPED",
			reason: "The schedule was changed, and is not due at this time any more.",
		});
	});

	it("keeps the tick of the minute, which was due when EventBridge sent it", async () => {
		const { world, schedules, tick, startsSeconds } = scheduled();
		await tick("poll", START);
		await schedules.define("poll", { ...every(30), rule: { kind: "cron", cron: "0 3 * * *", timeZone: "UTC" } });
		await world.drain();
		expect(startsSeconds).toEqual([0]);
	});

	it.each([
		["changed", (schedules: ScheduleRegistry) => schedules.define("poll", every(60))],
		["deleted", (schedules: ScheduleRegistry) => schedules.remove("poll")],
	])("goes on, %s, with one that had begun", async (_, change) => {
		const { world, schedules, tick, row } = scheduled();
		await schedules.define("poll", every(30));
		await tick("poll", plusSeconds(START, 30));
		const received = await world.receive();
		const { worker, kill } = world.mortalWorker();
		const implementations = {
			work: async () => {
				kill();
				return new Promise(() => {});
			},
		};
		void world.deliver(received, { ...worker, implementations });
		await world.clock.advance(1000);
		await change(schedules);
		await world.drain();
		expect(row("poll", plusSeconds(START, 30))).toMatchObject({ state: "SUCCESS", attempts: 2 });
	});
});

it("a minute's tick that comes in time brings the others of its minute, however long it waits in its worker", async () => {
	const { world, schedules, tick, row, startsSeconds } = scheduled(
		async (n) => (n === 9 ? world.clock.sleep(120_000) : "done"),
		{
			functionTimeoutSeconds: 900,
			runConcurrency: 1,
		},
	);
	await schedules.define("poll", {
		...{ job: "work", input: { n: 1 }, overlap: "allow", catchUp: { windowSeconds: 60, runs: "latest" } },
		rule: { kind: "every", everySeconds: 30 },
	});
	await world.send({ job: "work", id: "long", input: { n: 9 } });
	await tick("poll", START);
	await world.drain();
	expect(startsSeconds).toEqual([0, 120]);
	// Too late by its own window, and told so.
	expect(row("poll", plusSeconds(START, 30))).toMatchObject({ state: "SKIPPED" });
});

describe("what calls itself a tick and is none", () => {
	const row = { state: "SKIPPED", attempts: 0 };

	it("of another job, or of a time to come, changes nothing of the schedule", async () => {
		const { world, schedules, tick, startsSeconds } = scheduled();
		await world.send({ job: "after", id: "forged", schedule: { name: "minutely-skip", at: toIso(START) } });
		await tick("minutely-skip", plusSeconds(START, 3600));
		await world.drain();
		expect(world.row("forged")).toMatchObject(row);
		expect(await schedules.list()).toEqual([]);
		await tick("minutely-skip", START);
		await world.drain();
		expect(startsSeconds).toEqual([0]);
	});

	it("of a schedule that nobody made leaves no trace in the registry", async () => {
		const { tick, world, schedules } = scheduled();
		await tick("invented", START);
		await world.drain();
		expect(await schedules.list()).toEqual([]);
	});
});

describe("a tick that was refused", () => {
	it("is one run when it was fired twice, and performs when its letter is sent back, however late", async () => {
		const { world, startsSeconds, row } = scheduled();
		const refused = { job: "work", input: { n: "one" }, schedule: { name: "minutely-skip", at: toIso(START) } };
		await world.send(refused, refused);
		await world.drain();
		expect(row("minutely-skip", START)).toMatchObject({ state: "FAILURE", reason: "invalid-input" });
		const bodies = world.letters().map(({ body }) => JSON.parse(body));
		expect(new Set(bodies.map(({ id }) => id))).toEqual(new Set([runIdOfTick("minutely-skip", START)]));
		await world.clock.advance(3 * 86_400_000);
		for (const body of bodies) await world.send({ ...body, input: { n: 1 } });
		await world.drain();
		expect(startsSeconds).toEqual([259_200]);
	});
});

describe("a tick that has to wait for a limit", () => {
	it("stays admitted: neither does the next one overtake it, nor is it skipped when it comes back", async () => {
		const schedules = createMemoryScheduleRegistry();
		const world = engineWorld(async () => "done", { schedules, autoAdvance: false, functionTimeoutSeconds: 60 });
		const at = (minute: number) => plusSeconds(START, minute * MINUTE);
		const tick = (minute: number) =>
			world.send({ job: "limited", input: {}, schedule: { name: "minutely-limited", at: toIso(at(minute)) } });
		await world.limits.override("limited", { kind: "set", count: 1, periodSeconds: 150, burst: 2 });
		const pass = async (second: number): Promise<void> => {
			while (world.clock.now() < plusSeconds(START, second)) {
				void world.step();
				await world.clock.advance(1000);
			}
		};
		await world.send({ job: "limited", id: "first" }, { job: "limited", id: "second" });
		await pass(3);
		await tick(0);
		await pass(60);
		await tick(1);
		await pass(61);
		// Its place is two and a half minutes away.
		expect(world.row(runIdOfTick("minutely-limited", at(0)))).toBeUndefined();
		await pass(700);
		const states = [0, 1].map((minute) => world.row(runIdOfTick("minutely-limited", at(minute)))?.state);
		expect(states).toEqual(["SUCCESS", "SKIPPED"]);
	});

	it("is skipped when it was silent for so long that another one was admitted", async () => {
		const { world, schedules, row, startsSeconds } = scheduled();
		const later = runIdOfTick("minutely-queue", plusSeconds(START, MINUTE));
		await schedules.admit("minutely-queue", { runId: later, notedAt: START }, undefined);
		const schedule = { at: toIso(START), admitted: true };
		await world.send({ job: "work", input: { n: 1 }, hops: 1, schedule: { ...schedule, name: "minutely-queue" } });
		await world.drain();
		expect(row("minutely-queue", START)).toMatchObject({
			state: "SKIPPED",
			reason: `Nothing was heard of the tick for so long that another one, ${later}, took its place.`,
		});
		expect(startsSeconds).toEqual([]);
		// Of `allow` none is in another one's way, and nobody keeps count of who goes.
		await world.send({ job: "work", input: { n: 1 }, hops: 1, schedule: { ...schedule, name: "minutely-allow" } });
		await world.drain();
		expect(row("minutely-allow", START)).toMatchObject({ state: "SUCCESS" });
	});
});

it("a tick that was admitted and long silent does not perform beside the one that comes with it", async () => {
	let atWork = 0;
	const most: number[] = [];
	const { world, schedules, tick, startsSeconds } = scheduled(async () => {
		most.push(++atWork);
		await world.clock.sleep(1000);
		atWork--;
	});
	const noted = { runId: runIdOfTick("minutely-queue", START), notedAt: START };
	await schedules.admit("minutely-queue", noted, undefined);
	await world.clock.advance(1_100_000);
	await tick("minutely-queue", START, 1);
	await tick("minutely-queue", plusSeconds(START, MINUTE), 2);
	await world.drain();
	expect(startsSeconds).toHaveLength(2);
	expect(most).toEqual([1, 1]);
});

describe("a tick that has waited for another's run", () => {
	it("came in time, however long its message was away since", async () => {
		const { world, schedules, row } = scheduled();
		const waits = { job: "work", input: { n: 1 }, hops: 3, schedule: { name: "minutely-queue", at: toIso(START) } };
		await world.clock.advance(7_200_000);
		await world.send(waits);
		await world.drain();
		expect(row("minutely-queue", START)).toMatchObject({ state: "SUCCESS" });
		const [next, other] = [1, 2].map((minute) => plusSeconds(START, minute * MINUTE)) as [EpochMs, EpochMs];
		const inItsPlace = runIdOfTick("minutely-queue", other);
		await schedules.noteWaiting("minutely-queue", { runId: inItsPlace, notedAt: world.clock.now() });
		await world.send({ ...waits, schedule: { name: "minutely-queue", at: toIso(next) } });
		await world.drain();
		expect(row("minutely-queue", next)).toMatchObject({
			state: "SKIPPED",
			reason: `Another tick, ${inItsPlace}, waits already for its turn.`,
		});
	});
});

describe("a tick while the run before performs for 150 s", () => {
	async function twoTicks(name: string) {
		const scene = scheduled(
			async (n) => {
				if (n === 1) await scene.world.clock.sleep(150_000);
			},
			{ autoAdvance: false, functionTimeoutSeconds: 300 },
		);
		const { world, tick, row } = scene;
		/** Deliveries every second until then, whatever goes on meanwhile. */
		async function passUntil(second: number): Promise<void> {
			while (world.clock.now() < plusSeconds(START, second)) {
				void world.step();
				await world.clock.advance(1000);
			}
		}
		await tick(name, START, 1);
		await passUntil(60);
		await tick(name, plusSeconds(START, MINUTE), 2);
		await passUntil(62);
		const rowAt = (minute: number) => row(name, plusSeconds(START, minute * MINUTE));
		const tickAt = (minute: number) => tick(name, plusSeconds(START, minute * MINUTE), 3);
		return { ...scene, passUntil, rowAt, tickAt };
	}

	it("is skipped by `skip`, and the one after it performs", async () => {
		const { rowAt, tickAt, passUntil, startsSeconds } = await twoTicks("minutely-skip");
		expect(rowAt(1)).toMatchObject({
			state: "SKIPPED",
			reason: `The run of an earlier tick, ${runIdOfTick("minutely-skip", START)}, has not ended.`,
		});
		await passUntil(120);
		await tickAt(2);
		await passUntil(125);
		expect(rowAt(2)).toMatchObject({ state: "SKIPPED" });
		await passUntil(180);
		await tickAt(3);
		await passUntil(185);
		expect(startsSeconds).toEqual([0, 180]);
		expect(rowAt(0)).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it("performs beside it by `allow`", async () => {
		const { startsSeconds } = await twoTicks("minutely-allow");
		expect(startsSeconds).toEqual([0, 60]);
	});

	it("waits by `queue`, at most one, which costs no attempt", async () => {
		const { rowAt, tickAt, passUntil, startsSeconds } = await twoTicks("minutely-queue");
		await passUntil(120);
		await tickAt(2);
		await passUntil(122);
		expect(rowAt(2)).toMatchObject({
			state: "SKIPPED",
			reason: `Another tick, ${runIdOfTick("minutely-queue", plusSeconds(START, MINUTE))}, waits already for its turn.`,
		});
		await passUntil(220);
		// It looks every 5, 10, 20, 40, then 60 s.
		expect(startsSeconds).toEqual([0, 195]);
		expect(rowAt(1)).toMatchObject({ state: "SUCCESS", attempts: 1 });
	});

	it.each([
		["whose retry is overdue, and held by a limit", { state: "RETRY", nextAttemptAt: START } as const],
		["whose next leg is overdue", { state: "LEG", nextLeg: 2 } as const],
	])("waits by `queue` for a run %s, however long that takes", (_, state) => {
		const endedAt = plusSeconds(START, -MINUTE);
		const error = { excType: "E", excMessage: "m", errorClass: "database" } as const;
		const goingRow = settled(state.state === "RETRY" ? { ...state, endedAt, error } : { ...state, endedAt });
		const at = plusSeconds(START, 3_000);
		const going = { runId: goingRow.id, notedAt: START };
		const verdict = decideTick({
			policy: { overlap: "queue", catchUp: { windowSeconds: 3600, runs: "latest" } },
			...{ before: "nothing", isDue: true },
			record: { name: "nightly", going, missed: { count: 0 } },
			...{ runId: runIdOfTick("nightly", at), at, cameAt: at, now: at, goingRow },
		});
		expect(verdict).toEqual({ kind: "wait", going, cancel: false });
	});

	it("has it revoked by `cancel-other`, and performs when it has stopped", async () => {
		const { rowAt, passUntil, startsSeconds, world } = await twoTicks("minutely-cancel-other");
		await passUntil(150);
		expect(rowAt(0)).toMatchObject({ state: "REVOKED", reason: "a later tick of schedule minutely-cancel-other" });
		expect(rowAt(1)).toMatchObject({ state: "SUCCESS", attempts: 1 });
		expect(startsSeconds).toEqual([0, 65]);
		expect(world.queue.messages(main)).toEqual([]);
	});
});
