/** What is counted: each scenario uses the platform in one way and says what one run of it used. `batch` is 10 or 1. */
import type { countedExtras, countedRuns } from "../../../scripts/cost/counted.ts";
import { epochMs } from "../../../shared/kernel/time.ts";
import { costJobs } from "./catalogue.ts";
import { jump, pass } from "./passing-clock.ts";
import {
	endedRuns,
	gate,
	inMs,
	minuteMs,
	outage,
	runsOf,
	type Scenario,
	sendRaw,
	tickAfterwards,
	tickMeanwhile,
	whilePerforming,
	wholeRuns,
} from "./scenario-parts.ts";

/** Inputs that differed so far. */
let inputs = 0;

export const scenarios: Readonly<Record<keyof typeof countedRuns | keyof typeof countedExtras, Scenario>> = {
	plain: wholeRuns("plain_task"),
	longFunction: wholeRuns("patient_task", { queue: "patient" }),
	progress: wholeRuns("plain_task", {
		perform: async (context) => {
			context.progress({ step: 1 });
			return {};
		},
	}),
	progressWrite: whilePerforming(
		"plain_task",
		"plain",
		(world) => world.wire.next("dynamodb"),
		(context) => context.progress({ step: 1 }),
	),
	checkpoint: wholeRuns("long_task", {
		perform: async (context) => {
			await context.checkpoint({ at: 1 });
			return {};
		},
	}),
	legs: async (world, batch) => {
		let late = 0;
		world.perform = async (context) => {
			if (context.leg > 1) return {};
			// Once for a batch: its leg is as good as over.
			if (late++ % batch === 0) jump(50_000);
			await context.checkpoint({ at: 1 });
			return {};
		};
		return world.count(runsOf(batch), async () => {
			await world.enqueue("long_task", runsOf(batch), batch);
			await world.drain("plain", batch);
		});
	},
	heartbeatMinute: whilePerforming("patient_task", "patient", async (world) => {
		for (let beat = 1; beat <= 3; beat++) {
			const stored = world.wire.next("dynamodb");
			const hidden = world.wire.next("sqs");
			pass(20_000);
			await Promise.all([stored, hidden]);
		}
	}),
	retry: wholeRuns("retried_task", {
		perform: async (context) => {
			if (context.attempt === 1) throw new Error("not yet");
			return {};
		},
	}),
	failure: wholeRuns("failing_task", {
		perform: async () => {
			throw new Error("never");
		},
	}),
	duplicate: async (world, batch) => {
		await world.enqueue("plain_task", runsOf(batch), 10);
		for (let taken = 0; taken < runsOf(batch); taken += 10) await (await world.deliver("plain", 10)).answered;
		// Lambda's delete was lost.
		jump(3 * minuteMs);
		return world.count(runsOf(batch), () => world.drain("plain", batch));
	},
	sameKey: async (world, batch) => {
		const options = Array.from({ length: runsOf(batch) }, (_, nth) => ({ key: `order-${nth}` }));
		const enqueueAll = async (): Promise<void> => {
			if (batch > 1)
				await world.client.enqueueMany(
					costJobs.plain_task,
					options.map((each) => ({ input: {}, ...each })),
				);
			else for (const each of options) await world.client.enqueue(costJobs.plain_task, {}, each);
			await world.drain("plain", batch);
		};
		await world.uncountedly(enqueueAll);
		return world.count(runsOf(batch), enqueueAll);
	},
	delayed: wholeRuns("plain_task", { options: () => ({ delaySeconds: 300 }) }),
	notBefore: (world, batch) =>
		world.count(runsOf(batch), async () => {
			await sendRaw(world, "plain_task", { notBefore: inMs(5 * minuteMs) }, batch);
			await world.drain("plain", batch);
		}),
	scheduled: (world, batch) =>
		world.count(runsOf(batch), async () => {
			await world.enqueue("plain_task", runsOf(batch), batch, () => ({ delaySeconds: 3_600 }));
			await world.drain("plain", batch);
			pass(60 * minuteMs + 1_000);
			for (let sent = 0; sent < runsOf(batch); sent++) await world.wire.next("sqs");
			await world.drain("plain", batch);
		}),
	tick: tickAfterwards("skip"),
	tickAllowed: tickAfterwards("allow"),
	tickWaited: tickMeanwhile("queue"),
	rateNear: async (world, batch) => {
		await endedRuns(world, "limited_task", batch);
		jump(minuteMs);
		return wholeRuns("limited_task")(world, batch);
	},
	rateFar: async (world, batch) => {
		await endedRuns(world, "limited_task", batch);
		jump(minuteMs);
		await endedRuns(world, "limited_task", batch);
		const now = epochMs(Date.now());
		// The next six seconds of 100 a second are somebody else's.
		await world.uncounted.limits.take("limited_task", { count: 590, now, seenAtMax: epochMs(now + minuteMs) });
		return world.count(runsOf(batch), async () => {
			await world.enqueue("limited_task", runsOf(batch), batch);
			await world.drain("plain", batch, runsOf(batch) / batch);
		});
	},
	placeFree: wholeRuns("placed_task"),
	placeTaken: async (world, batch) => {
		const { expect, wait, open } = gate();
		world.perform = wait;
		await world.enqueue("single_task", 1, 1);
		const begun = expect(1);
		const first = await world.deliver("plain", 1);
		await begun;
		world.perform = async () => ({});
		return world.count(batch, async () => {
			await world.enqueue("single_task", batch, batch);
			const { handles, answered } = await world.deliver("plain", batch);
			await answered;
			await world.remove("plain", handles);
			await world.uncountedly(async () => {
				open();
				await first.answered;
				await world.remove("plain", first.handles);
			});
			await world.drain("plain", batch);
		});
	},
	followUp: (world, batch) => {
		world.perform = async (context) => {
			if (context.job === "parent_task") context.enqueue(costJobs.plain_task, {});
			return {};
		};
		return wholeRuns("parent_task")(world, batch);
	},
	cacheMiss: wholeRuns("cached_task", { options: () => ({ input: { text: `distinct ${++inputs}` } }) }),
	cacheHit: async (world, batch) => {
		await endedRuns(world, "cached_task", batch);
		return wholeRuns("cached_task")(world, batch);
	},
	gathered: wholeRuns("gathered_task"),
	debounced: wholeRuns("debounced_task"),
	outageRetry: wholeRuns("retried_task", {
		perform: async (context) => {
			if (context.attempt === 1) throw outage();
			return {};
		},
	}),
	groupCap: wholeRuns("capped_task", { queue: "capped" }),
	largeInput: wholeRuns("plain_task", { options: (nth) => ({ input: { text: String(nth).padEnd(200_000) } }) }),
	inlineInput: wholeRuns("plain_task", { options: () => ({ input: { text: "x".repeat(90_000) } }) }),
	largeResult: wholeRuns("plain_task", { perform: async () => ({ text: "x".repeat(20_000) }) }),
	inlineResult: wholeRuns("plain_task", { perform: async () => ({ text: "x".repeat(4_000) }) }),
	once: wholeRuns("plain_task", {
		perform: async (context) => {
			await context.once("effect", async () => 1);
			return {};
		},
	}),
	revokeQueued: async (world, batch) => {
		const ids = await world.enqueue("plain_task", runsOf(batch), batch);
		return world.count(runsOf(batch), async () => {
			for (const id of ids) await world.client.revoke(id);
			await world.drain("plain", batch);
		});
	},
	invalidate: (world, batch) =>
		world.count(runsOf(batch), async () => {
			const tags = Array.from({ length: runsOf(batch) }, (_, nth) => `text:${nth}`);
			if (batch > 1) await world.client.cache.invalidate(tags);
			else for (const tag of tags) await world.client.cache.invalidate([tag]);
		}),
	heldBack: async (world, batch) => {
		world.perform = async () => {
			throw outage();
		};
		await world.enqueue("retried_task", 30, 10);
		for (let taken = 0; taken < 30; taken += 10) {
			const { handles, answered } = await world.deliver("plain", 10);
			await answered;
			await world.remove("plain", handles);
		}
		return world.count(runsOf(batch), async () => {
			await world.enqueue("plain_task", runsOf(batch), batch);
			for (let taken = 0; taken < runsOf(batch); taken += batch) {
				const { handles, answered } = await world.deliver("plain", batch);
				await answered;
				await world.remove("plain", handles);
			}
		});
	},
	tickSkipped: tickMeanwhile("skip"),
	redrive: async (world, batch) => {
		world.perform = async () => {
			throw new Error("never");
		};
		await endedRuns(world, "failing_task", batch);
		world.perform = async () => ({});
		return world.count(runsOf(batch), async () => {
			await world.operator.redrive("plain", {});
			await world.drain("plain", batch);
		});
	},
	status: async (world, batch) => {
		const ids = await endedRuns(world, "plain_task", batch);
		return world.count(runsOf(batch), async () => {
			if (batch > 1) await world.client.statusMany(ids);
			else for (const id of ids) await world.client.status(id);
		});
	},
};
