/** What every schedule registry keeps, whatever it is made of. Names are given by the test, since one table serves all. */
import { expect, it, vi } from "vitest";
import { runId } from "../../shared/kernel/ids.ts";
import { epochMs, epochSeconds } from "../../shared/kernel/time.ts";
import type { ScheduleRegistry } from "../../shared/ports/schedule-registry.ts";
import type { StoredSchedule } from "../../shared/wire/schedule-definition.ts";

const tick = (at: number, run: string, now: number) => ({ at: epochMs(at), runId: runId(run), now: epochMs(now) });
const noted = (run: string, at: number) => ({ runId: runId(run), notedAt: epochMs(at) });

const definition: StoredSchedule = {
	job: "report_task",
	input: { user: 7, text: "ü😀" },
	rule: { kind: "cron", cron: "0 9 * * mon-fri", timeZone: "Europe/Berlin" },
	overlap: "queue",
	catchUp: { windowSeconds: 60, runs: "all" },
	tenant: "t1",
	priority: 3,
};

export function describeScheduleRegistry(open: () => ScheduleRegistry): void {
	it("knows nothing of a schedule that never ticked", async () => {
		expect(await open().getMany(["unheard-of"])).toEqual([undefined]);
	});

	it("notes the latest tick, and the same tick once", async () => {
		const registry = open();
		expect(await registry.noteTick("ticks", tick(1000, "a", 1001))).toEqual({
			name: "ticks",
			latest: { at: 1000, runId: "a", notedAt: 1001 },
			missed: { count: 0 },
		});
		const second = {
			name: "ticks",
			latest: { at: 2000, runId: "b", notedAt: 2001 },
			missed: { count: 0 },
		};
		expect(await registry.noteTick("ticks", tick(2000, "b", 2001))).toEqual(second);
		expect(await registry.noteTick("ticks", tick(2000, "b", 2999))).toEqual(second);
		expect(await registry.noteTick("ticks", tick(1500, "late", 3000))).toEqual(second);
		expect(await registry.getMany(["none", "ticks"])).toEqual([undefined, second]);
		expect(await registry.look("ticks")).toEqual(second);
		expect(await registry.look("none")).toBeUndefined();
	});

	it("knows which ticks were admitted and wait, until then or until they do not, whatever becomes of the schedule", async () => {
		const registry = open();
		const now = epochMs(1_700_000_000_000);
		const until = epochSeconds(1_700_000_060);
		await registry.noteTick("beside", tick(1000, "s-0", 1001));
		expect(await registry.admittedAmong([runId("s-0")], now)).toEqual(new Set());
		const runs = Array.from({ length: 250 }, (_, n) => runId(`s-${n}`));
		for (const run of ["s-0", "s-130", "s-0", "s-131"]) await registry.noteAdmitted(runId(run), until);
		await registry.remove("beside");
		expect(await registry.admittedAmong(runs, now)).toEqual(new Set(["s-0", "s-130", "s-131"]));
		await registry.noteAdmitted(runId("s-130"), epochSeconds(1_700_000_000));
		expect(await registry.admittedAmong(runs, now)).toEqual(new Set(["s-0", "s-131"]));
		await registry.noteAdmitted(runId("s-131"), epochSeconds(1_700_000_090));
		expect(await registry.admittedAmong(runs, epochMs(1_700_000_060_000))).toEqual(new Set(["s-131"]));
		expect(await registry.admittedAmong([runId("beside"), runId("s-0"), runId("s-0")], now)).toEqual(new Set(["s-0"]));
		expect(await registry.admittedAmong([], now)).toEqual(new Set());
		expect((await registry.list()).map(({ name }) => name)).not.toContain("s-0");
	});

	it("admits one tick over the one that was going, whoever asks at the same time", async () => {
		const registry = open();
		expect(await registry.admit("going", noted("a", 1), undefined)).toBe(true);
		expect(await registry.admit("going", noted("b", 2), undefined)).toBe(false);
		await registry.noteWaiting("going", noted("b", 2));
		expect(await registry.admit("going", noted("b", 3), noted("a", 1))).toBe(true);
		expect(await registry.admit("going", noted("c", 4), noted("a", 1))).toBe(false);
		expect(await registry.admit("going", noted("b", 9), noted("x", 3))).toBe(true);
		// That was heard of since, though it is the same run that goes.
		expect(await registry.admit("going", noted("c", 10), noted("b", 3))).toBe(false);
		expect(await registry.look("going")).toEqual({
			name: "going",
			going: { runId: "b", notedAt: 9 },
			missed: { count: 0 },
		});
		const both = ["d", "e"].map((run) => registry.admit("going", noted(run, 10), noted("b", 9)));
		expect((await Promise.all(both)).toSorted()).toEqual([false, true]);
	});

	it("notes who waits, and who waits now", async () => {
		const registry = open();
		await registry.noteWaiting("waits", noted("a", 5));
		await registry.noteWaiting("waits", noted("b", 9));
		expect(await registry.getMany(["waits"])).toEqual([
			{ name: "waits", waiting: { runId: "b", notedAt: 9 }, missed: { count: 0 } },
		]);
		const by = { messageId: "m-1", hops: 3 };
		await registry.noteWaiting("waits", { ...noted("b", 20), by });
		expect((await registry.look("waits"))?.waiting).toEqual({ runId: "b", notedAt: 20, by });
		await registry.noteWaiting("waits", noted("c", 20));
		expect((await registry.look("waits"))?.waiting).toEqual({ runId: "c", notedAt: 20 });
	});

	it("adds missed ticks, each stretch of time once", async () => {
		const registry = open();
		expect(await registry.noteMissed("misses", { count: 0, until: epochMs(100) })).toBe(true);
		expect(await registry.noteMissed("misses", { count: 2, latest: epochMs(150), until: epochMs(200) })).toBe(true);
		expect(await registry.noteMissed("misses", { count: 2, latest: epochMs(150), until: epochMs(200) })).toBe(false);
		expect(await registry.noteMissed("misses", { count: 1, latest: epochMs(250), until: epochMs(300) })).toBe(true);
		// Whoever looked from where another one had looked from, too, comes to nothing.
		const again = { count: 5, latest: epochMs(290), from: epochMs(200), until: epochMs(310) };
		expect(await registry.noteMissed("misses", again)).toBe(false);
		expect(await registry.noteMissed("misses", { count: 0, from: "never", until: epochMs(310) })).toBe(false);
		expect(await registry.noteMissed("new", { count: 0, from: epochMs(300), until: epochMs(310) })).toBe(false);
		expect(await registry.noteMissed("new", { count: 0, from: "never", until: epochMs(310) })).toBe(true);
		expect(await registry.noteMissed("misses", { count: 0, from: epochMs(300), until: epochMs(400) })).toBe(true);
		expect(await registry.getMany(["misses"])).toEqual([
			{ name: "misses", missed: { count: 3, latest: 250, until: 400 } },
		]);
		// Nor does whoever stops looking take back what another one has noted since.
		await registry.stopLooking("misses", epochMs(300));
		expect(await registry.look("misses")).toMatchObject({ missed: { until: 400 } });
		await registry.stopLooking("misses", epochMs(400));
		expect(await registry.look("misses")).toEqual({ name: "misses", missed: { count: 3, latest: 250 } });
	});

	it("keeps a definition beside what is known of its ticks, until it is removed", async () => {
		const registry = open();
		await registry.define("made", definition);
		await registry.noteTick("made", tick(1000, "a", 1001));
		await registry.define("made", { ...definition, overlap: "allow" });
		expect(await registry.getMany(["made"])).toEqual([
			{
				name: "made",
				definition: { ...definition, overlap: "allow" },
				latest: { at: 1000, runId: "a", notedAt: 1001 },
				missed: { count: 0 },
			},
		]);
		await registry.remove("made");
		await registry.remove("made");
		expect(await registry.getMany(["made"])).toEqual([undefined]);
	});

	it("is disabled for a reason, and enabled again", async () => {
		const registry = open();
		await registry.disable("off", "maintenance");
		expect(await registry.getMany(["off"])).toEqual([{ name: "off", disabled: "maintenance", missed: { count: 0 } }]);
		await registry.disable("off", undefined);
		expect(await registry.getMany(["off"])).toEqual([{ name: "off", missed: { count: 0 } }]);
	});

	it("lists all by name", async () => {
		const registry = open();
		await registry.noteTick("list-b", tick(1000, "b", 1001));
		await registry.define("list-a", definition);
		const listed = async () =>
			(await registry.list()).filter(({ name }) => name.startsWith("list-")).map(({ name }) => name);
		await vi.waitFor(async () => expect(await listed()).toEqual(["list-a", "list-b"]));
	});
}
