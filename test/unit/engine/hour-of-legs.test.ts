/** An hour of work in functions of 15 minutes: in five legs, and with a worker killed in each of them (INV-13). */
import { expect, it } from "vitest";
import { ok } from "../../support/engine-work.ts";
import { engineWorld, main } from "../../support/engine-world.ts";

const stepSeconds = 10;
/** 59 minutes: four legs of 870 s, since the last 30 s of a function begin nothing, and a fifth of 60 s. */
const steps = 354;

interface Step {
	readonly at: number;
	readonly attempt: number;
	readonly told: string | undefined;
}

/** Steps of 10 s with a checkpoint after each, by one worker after the other: one is killed in the middle of each of these steps. */
async function anHour(...killedAt: readonly number[]) {
	const left = new Set(killedAt);
	const done: Step[] = [];
	const waitedSeconds: number[] = [];
	const claimedAt: number[] = [];
	const endedAt: number[] = [];
	let dies = (): void => {};
	const world = engineWorld(ok, {
		autoAdvance: false,
		functionTimeoutSeconds: 900,
		async long({ attempt, leg, cursor, signal, checkpoint }) {
			if (leg === 1) {
				claimedAt[attempt - 1] = world.clock.now();
				if (attempt > 1) waitedSeconds.push(Math.ceil((world.clock.now() - (endedAt[attempt - 2] ?? 0)) / 1_000));
			}
			const { next } = (cursor ?? { next: 0 }) as { next: number };
			for (let at = next; at < steps; at++) {
				await world.clock.sleep((stepSeconds / 2) * 1_000);
				if (left.delete(at)) {
					endedAt[attempt - 1] = world.clock.now();
					dies();
					await new Promise(() => {});
				}
				await world.clock.sleep((stepSeconds / 2) * 1_000);
				done.push({ at, attempt, told: signal.aborted ? signal.reason.code : undefined });
				endedAt[attempt - 1] = world.clock.now();
				await checkpoint({ next: at + 1 });
			}
			return done.length;
		},
	});
	const begun = world.clock.now();
	await world.send({ job: "hour", id: "r" });

	/** Lambda's side: an invocation for what is received, whose message it deletes when the worker has lived to answer. */
	async function invoke(): Promise<void> {
		const received = await world.receive();
		if (received.length === 0) return;
		const worker = world.mortalWorker();
		dies = worker.kill;
		const { keptMessageIds } = await world.deliver(received, worker.worker);
		const finished = worker.dead ? [] : received.filter(({ messageId }) => !keptMessageIds.includes(messageId));
		await world.queue.remove(
			main,
			finished.map(({ receiptHandle }) => receiptHandle),
		);
	}
	const isOver = (): boolean => ["SUCCESS", "FAILURE"].includes(world.row("r")?.state ?? "");
	while (!isOver() && world.clock.now() < begun + 3 * 3_600_000) {
		void invoke();
		await world.clock.advance(1_000);
	}
	return {
		world,
		done,
		/** Of each attempt, from its claim until it ended or its worker was killed. */
		attemptSeconds: claimedAt.map((from, index) => Math.round(((endedAt[index] ?? 0) - from) / 1_000)),
		/** From each kill until the run performs again. */
		waitedSeconds,
		tookSeconds: Math.round((world.clock.now() - begun) / 1_000),
	};
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);

it("takes five legs of one attempt, is told at its soft limit, and ends before its hard one", async () => {
	const { world, done, attemptSeconds, tookSeconds } = await anHour();
	expect(world.performed).toEqual(["r#1.1", "r#1.2", "r#1.3", "r#1.4", "r#1.5"]);
	expect(done.map(({ at }) => at)).toEqual(upTo(steps));
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 1, leg: 5 });
	expect(done.findIndex(({ told }) => told === "soft-time-limit")).toBe(329);
	// This test looks for messages once a second, so each leg after the first begins a second later.
	expect(attemptSeconds).toEqual([3_544]);
	expect(tookSeconds).toBeLessThan(3_600);
});

it("survives a crash in each leg: goes on from the last checkpoint, and each attempt ends within its limits", async () => {
	// In the stretches of work that were the five legs above.
	const killedAt = [43, 150, 200, 300, 350];
	const { world, done, attemptSeconds, waitedSeconds, tookSeconds } = await anHour(...killedAt);
	expect(world.row("r")).toMatchObject({ state: "SUCCESS", attempts: 6 });
	expect(world.telemetry.named("worker.lost")).toHaveLength(5);
	expect(world.performed).toEqual(["r#1.1", "r#2.1", "r#2.2", "r#3.1", "r#4.1", "r#4.2", "r#5.1", "r#6.1"]);
	// No finished step is done again: what a crash costs is the step it falls into.
	expect(done.map(({ at }) => at)).toEqual(upTo(steps));
	// Each attempt has limits of its own: none comes near them, and the run as a whole may take longer than they say.
	expect(attemptSeconds).toEqual([435, 1_076, 505, 1_006, 505, 40]);
	expect(done.filter(({ told }) => told === "soft-time-limit")).toEqual([]);
	expect(Math.max(...waitedSeconds)).toBeLessThan(80);
	expect(tookSeconds).toBeGreaterThan(3_600);
	expect(tookSeconds).toBeLessThan(3_540 + 5 * (stepSeconds + 80));
});
