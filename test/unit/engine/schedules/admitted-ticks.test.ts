/**
 * A tick that was admitted and waits for something else than the tick before, here for a turn of its job's rate: what comes of it meanwhile, be it
 * fired twice or delivered again, must not end it (INV-11).
 */
import { beforeEach, expect, it, type MockInstance, vi } from "vitest";
import { MillraceError } from "../../../../shared/kernel/errors.ts";
import { runIdOfTick } from "../../../../shared/kernel/ids.ts";
import { type EpochMs, plusSeconds, toEpochSeconds, toIso } from "../../../../shared/kernel/time.ts";
import type { ScheduleRegistry } from "../../../../shared/ports/schedule-registry.ts";
import { main } from "../../../support/engine-world.ts";
import { MINUTE, START, scheduled } from "../../../support/scheduled-work.ts";

const NEXT = plusSeconds(START, MINUTE);
/** A second before that one's window is over; the first one's has been for a minute. */
const LATE = plusSeconds(NEXT, 59);

let work: ReturnType<typeof scheduled>;
let noted: MockInstance<ScheduleRegistry["noteAdmitted"]>;
let admit: ScheduleRegistry["noteAdmitted"];
const fire = (at: EpochMs) => work.world.send({ job: "limited", input: {}, schedule: { name: "poll", at: toIso(at) } });

beforeEach(async () => {
	work = scheduled();
	admit = work.schedules.noteAdmitted;
	noted = vi.spyOn(work.schedules, "noteAdmitted");
	await work.schedules.define("poll", {
		...{ job: "limited", input: {}, rule: { kind: "every", everySeconds: MINUTE } },
		...{ overlap: "allow", catchUp: { windowSeconds: MINUTE, runs: "latest" } },
	});
});

/** Performs what is visible until then. */
async function until(at: EpochMs): Promise<void> {
	const { clock, queue, step } = work.world;
	const nextAt = () => Math.min(...queue.messages(main).map(({ visibleAt }) => visibleAt));
	while (nextAt() <= at) {
		if (nextAt() > clock.now()) await clock.advance(nextAt() - clock.now());
		await step();
	}
	await clock.advance(at - clock.now());
}

/** A start a second, and 250 runs are before it: the tick comes in time, and still waits when it is fired once more. */
async function waitsForItsTurn(): Promise<void> {
	const { world } = work;
	await world.send(...Array.from({ length: 250 }, (_, n) => ({ job: "limited", id: `before-${n}`, input: {} })));
	await until(plusSeconds(START, 1));
	await fire(START);
	await until(NEXT);
	await fire(NEXT);
	await until(LATE);
	expect(work.row("poll", START)).toBeUndefined();
}

it.each([
	["its window is over", async () => {}],
	["its schedule is disabled", () => work.schedules.disable("poll", "maintenance")],
	["its schedule is deleted", () => work.schedules.remove("poll")],
])("performs once, though it was fired again when %s", async (_, happens) => {
	await waitsForItsTurn();
	await happens();
	await fire(START);
	await work.world.drain();
	for (const at of [START, NEXT]) expect(work.row("poll", at)).toMatchObject({ state: "SUCCESS", attempts: 1 });
	expect(work.world.telemetry.named("tick.skipped")).toEqual([]);
	expect(work.world.telemetry.named("tick.admitted")).toHaveLength(2);
	expect(work.startsSeconds).toHaveLength(252);
});

it("is noted when it waits first, for five days, and no more when it has a row", async () => {
	await waitsForItsTurn();
	await work.world.drain();
	expect(noted.mock.calls).toEqual([
		[runIdOfTick("poll", START), toEpochSeconds(START) + 3 + 5 * 86_400],
		[runIdOfTick("poll", NEXT), toEpochSeconds(NEXT) + 5 * 86_400],
		[runIdOfTick("poll", START), expect.toBeOneOf([249, 250].map((second) => toEpochSeconds(START) + second))],
		[runIdOfTick("poll", NEXT), expect.toBeOneOf([250, 251].map((second) => toEpochSeconds(START) + second))],
	]);
});

it("performs once, though noting that it waits no more fails", async () => {
	noted.mockImplementation(async (...of) => {
		if (of[1] <= toEpochSeconds(work.world.clock.now())) throw new MillraceError("store-failed", "throttled");
		await admit(...of);
	});
	await fire(START);
	await work.world.drain();
	expect(noted).toHaveBeenCalledTimes(2);
	expect(work.row("poll", START)).toMatchObject({ state: "SUCCESS", attempts: 1 });
});

it.each([25, 72, 119])(
	"does not perform again when a copy comes %i h after it ended, and its row is forgotten",
	async (hours) => {
		await fire(START);
		await until(NEXT);
		await fire(NEXT);
		await until(plusSeconds(NEXT, hours * 3600));
		await fire(START);
		await work.world.drain();
		expect(work.startsSeconds).toEqual([0, 60]);
		expect(work.row("poll", START)).toMatchObject({ state: "SKIPPED" });
	},
);

it("costs nothing more where its job has nothing to wait for", async () => {
	await work.world.send({ job: "work", input: { n: 1 }, schedule: { name: "minutely-allow", at: toIso(START) } });
	await work.world.drain();
	expect(work.row("minutely-allow", START)).toMatchObject({ state: "SUCCESS" });
	expect(noted).not.toHaveBeenCalled();
});

it("performs, though its worker died when it was admitted, and it comes back late", async () => {
	const { world } = work;
	await fire(START);
	const received = await world.receive();
	const { worker, kill } = world.mortalWorker();
	noted.mockImplementationOnce(async (...of) => {
		await admit(...of);
		kill();
		await new Promise(() => {});
	});
	void world.deliver(received, worker);
	await until(NEXT);
	await fire(NEXT);
	await world.drain();
	expect(work.startsSeconds).toEqual([60, 120]);
	expect(work.row("poll", START)).toMatchObject({ state: "SUCCESS", attempts: 1 });
});

it("that was never admitted is missed when it comes late, beside one that waits", async () => {
	await waitsForItsTurn();
	const between = plusSeconds(START, -MINUTE);
	await fire(between);
	await work.world.drain();
	expect(work.row("poll", between)).toMatchObject({
		state: "SKIPPED",
		reason: expect.stringMatching(/^The tick came 1\d\d s after its time/),
	});
});

const dayAndMore = 93_600;

it.each(["before", "after"] as const)(
	"is not noted any more when a claim failed, %s it was made, and its message came again, late",
	async (moment) => {
		const { world } = work;
		world.faults[moment] = (call) => {
			if (call !== "claimMany") return;
			delete world.faults[moment];
			throw new MillraceError("store-failed", "throttled, or the answer was lost");
		};
		await fire(START);
		await until(NEXT);
		await fire(NEXT);
		await until(plusSeconds(NEXT, 300));
		expect(work.row("poll", START)).toMatchObject({ state: "SUCCESS" });
		const { length } = work.startsSeconds;
		await until(plusSeconds(NEXT, dayAndMore));
		await fire(START);
		await world.drain();
		expect(work.startsSeconds).toHaveLength(length);
		expect(work.row("poll", START)).toMatchObject({ state: "SKIPPED" });
	},
);
