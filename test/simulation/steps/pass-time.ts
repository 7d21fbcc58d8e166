/** Time passes: mostly moments, now and then hours. */
import { epochMs, toIso } from "../../../shared/kernel/time.ts";
import { inputOfTick, scheduledJob } from "../schedules.ts";
import { mainOf, type World } from "../world.ts";
import type { StepKind } from "./step.ts";

const minutesMs = 150_000;
const hoursMs = 6 * 3_600_000;

export const passTime: StepKind = {
	name: "time passes",
	weight: 100,
	take: ({ clock, draw }, name) =>
		clock.advance(draw.unit(`${name} length`) ** 3 * (draw.chance(`${name} long`, 0.04) ? hoursMs : minutesMs)),
};

/** Rows expire, and what came before is nobody's memory any more. What performs, its function's end has ended long before. */
export const daysPass: StepKind = {
	name: "days pass",
	weight: 1,
	times: 1,
	async take(world, name) {
		const { clock, draw, deleted, deleteExpired } = world;
		const before = clock.now();
		await clock.advance((1 + draw.unit(`${name} days`) * 2) * 86_400_000);
		// No copy of a deleted message turns up that late.
		deleted.length = 0;
		if (draw.chance(`${name} rows are deleted`, 0.5)) deleteExpired();
		if (world.features.schedules && draw.happens(`${name}: a tick of before is sent again`, 0.5))
			await sendTickOf(world, name, before);
	},
};

/** SQS moved a copy away by its own count, say, and an operator sends it back. */
async function sendTickOf(world: World, name: string, before: number): Promise<void> {
	const { draw } = world;
	const plan = draw.oneOf(`${name} which`, world.plans);
	if (plan === undefined) return;
	const at = (Math.floor(before / plan.everyMs) - draw.int(`${name} how long before`, 4)) * plan.everyMs;
	const schedule = { name: plan.name, at: toIso(epochMs(at)) };
	await world.send(mainOf("standard"), JSON.stringify({ job: scheduledJob, input: inputOfTick(plan.name), schedule }));
}
