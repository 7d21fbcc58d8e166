/** Functions that a schedule calls, on one machine; and the one there is: the deployed sweeper's bundle, on real emulators. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { handler } from "../../lambdas/sweeper/sweeper.ts";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { catalogue } from "../../shared/catalogue/catalogue.ts";
import { createClient } from "../../shared/client/client.ts";
import { sweepPlatform } from "../../shared/client/sweep-platform.ts";
import { fence, runId } from "../../shared/kernel/ids.ts";
import { plusMs, plusSeconds, toEpochSeconds } from "../../shared/kernel/time.ts";
import type { PerformingRun } from "../../shared/ports/job-store.ts";
import type { Platform } from "../../shared/ports/platform.ts";
import { localAccess } from "../support/emulators.ts";
import { type RealStack, startRealStack } from "./real-stack.ts";

const hourMs = 3_600_000;
type Swept = Awaited<ReturnType<typeof handler>>;

describe("the sweeper on the local stack", () => {
	let real: RealStack;
	let platform: Platform;
	beforeAll(async () => {
		real = await startRealStack();
		platform = openPlatform(real.address, { ...localAccess, endpoints: real.stack.endpoints });
	});
	afterAll(async () => {
		await real.stop();
	});

	/** A row as a claim left it `agoMs` ago, whose message nobody has. */
	async function put(id: string, agoMs: number): Promise<PerformingRun> {
		const at = plusMs(platform.clock.now(), -agoMs);
		const record: PerformingRun = {
			...{ id: runId(id), job: "pipeline_register_task", generation: 1, attempts: 1, carrier: "m", retriesMax: 3 },
			...{ createdAt: at, startedAt: at, state: "STARTED", fence: fence(id), leaseUntil: plusMs(at, 75_000) },
			expiresAt: toEpochSeconds(plusSeconds(at, 86_400)),
		};
		const [result] = await platform.store.claimMany([{ record, expect: { kind: "absent" } }]);
		expect(result).toMatchObject({ claimed: true });
		return record;
	}

	/** Waits itself for a queue without a message: the project's own schedules tick there every half minute. */
	async function callSweeper(): Promise<Swept> {
		const [[schedule, answer] = []] = Object.entries(await real.stack.callScheduled());
		expect(schedule).toMatch(/^PlatformSweeperSchedule/);
		expect(answer).toMatchObject({ kind: "ok", response: { runs: { complete: true } } });
		return (answer as { readonly response: Swept }).response;
	}

	it("finds what is lost, waits, and then ends or repairs it", async () => {
		const client = createClient({ ...platform, catalogue });
		await put("lost", 2 * hourMs);
		await put("young", hourMs / 2);
		const parent = await put("parent", 3 * hourMs);
		await platform.store.settleMany([
			{
				id: parent.id,
				fence: parent.fence,
				expiresAt: parent.expiresAt,
				settlement: {
					state: "SUCCESS",
					endedAt: plusMs(parent.startedAt, 1_000),
					result: { kind: "inline", json: "1" },
					followUps: [
						{
							queueClass: "observability",
							delaySeconds: 0,
							message: { job: "pipeline_register_task", id: "follower", input: { pipeline_id: 7 } },
						},
					],
				},
			},
		]);
		const message = { job: "pipeline_register_task", id: "on-its-way", input: { pipeline_id: 7 } };
		await platform.queue.sendMany({ queueClass: "observability", queue: "main" }, [
			{ body: JSON.stringify(message), delaySeconds: 5 },
		]);
		expect(await callSweeper()).toMatchObject({ runs: { looked: 2, counts: { suspected: 2, left: 0 } } });
		expect((await client.status("on-its-way")).state).toBe("SUCCESS");
		const dry = await sweepPlatform(platform, catalogue, { dryRun: true });
		expect(dry.findings).toEqual([]);

		// A quarter of an hour later, as far as the sweeper remembers.
		const until = plusMs(platform.clock.now(), hourMs);
		const { runs } = await platform.sweeps.due({ until, limit: 10 });
		// In the order of the sweep's own time: shortly after midnight the two are of different days, and so of different pages.
		expect(new Map(runs.map(({ id, suspicion }) => [id, suspicion !== undefined]))).toEqual(
			new Map([
				["lost", true],
				["parent", true],
			]),
		);
		await platform.sweeps.watch(
			runs.map(({ id, suspicion }) => ({
				id,
				lookAt: platform.clock.now(),
				suspicion: { at: plusMs(suspicion?.at ?? until, -hourMs / 2), fingerprint: suspicion?.fingerprint ?? "" },
			})),
		);
		expect(await callSweeper()).toMatchObject({
			runs: { looked: 2, counts: { suspected: 0, skipped: 1, "sent-again": 1, left: 0 } },
			ticks: { checked: 2, missed: 0 },
		});

		expect(await client.status("lost")).toMatchObject({ state: "SKIPPED", meta: { reconciled: { state: "STARTED" } } });
		expect(await client.wait("follower")).toMatchObject({ state: "SUCCESS" });
		expect((await client.status("young")).state).toBe("STARTED");
		await real.stack.idle();
	});
});
