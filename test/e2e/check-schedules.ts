/**
 * Schedules: those of the catalogue fire by themselves, one of run time is made, fires and is deleted. It is made long before its tick is looked
 * for, since a cron knows no less than a minute.
 */
import assert from "node:assert/strict";
import { type Platform, waitFor } from "./platform.ts";
import type { Report } from "./report.ts";
import { succeeded } from "./runs.ts";

const DYNAMIC = "e2e-report";
/** A whole minute, and the time until its message is performed. */
const TICK_WAIT_SECONDS = 90;

/** When it was made. */
export async function makeSchedule({ check }: Report, platform: Platform): Promise<number> {
	const madeAtMs = Date.now();
	await check("a schedule is made at run time", async () => {
		const view = await platform.client.schedules.upsert(DYNAMIC, {
			...{ job: "freshness_check_task", cron: "* * * * *", overlap: "allow" },
		});
		assert.deepEqual([view.origin, view.enabled, view.next.length], ["run-time", true, 5]);
		return undefined;
	});
	return madeAtMs;
}

export async function checkSchedules({ check }: Report, platform: Platform, madeAtMs: number): Promise<void> {
	const { schedules } = platform.client;
	async function lastTick(name: string, afterMs: number): Promise<{ readonly at: string; readonly runId: string }> {
		let last = (await schedules.get(name)).last;
		await waitFor(`a tick of ${name}`, TICK_WAIT_SECONDS, async () => {
			last = (await schedules.get(name)).last;
			return (last !== undefined && Date.parse(last.at) >= afterMs) || `the last was ${JSON.stringify(last)}`;
		});
		assert.ok(last !== undefined);
		return last;
	}

	await check("a schedule of the catalogue fired by itself, and its tick is a run", async () => {
		const { at, runId } = await lastTick("timeliness-check", 0);
		assert.match(at, /:[03]0\.000Z$/);
		const { view, result } = await succeeded(platform, runId);
		assert.equal(view.job, "timeliness_check_task");
		assert.deepEqual(result["problems"], []);
		return at;
	});

	await check(
		"the one of run time fired for a time after it was made, and once it is deleted nothing is left of it",
		async () => {
			const { at, runId } = await lastTick(DYNAMIC, madeAtMs);
			assert.match(at, /:00\.000Z$/);
			const { view } = await succeeded(platform, runId);
			assert.deepEqual([view.job, view.attempts], ["freshness_check_task", 1]);
			await schedules.remove(DYNAMIC);
			const names = (await schedules.list()).map(({ name }) => name);
			assert.deepEqual(names, ["freshness-check", "timeliness-check"]);
			return at;
		},
	);
}
