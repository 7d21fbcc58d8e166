/** Time passes: mostly moments, now and then hours. */
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
	async take({ clock, draw, deleted, deleteExpired }, name) {
		await clock.advance((1 + draw.unit(`${name} days`) * 2) * 86_400_000);
		// No copy of a deleted message turns up that late.
		deleted.length = 0;
		if (draw.chance(`${name} rows are deleted`, 0.5)) deleteExpired();
	},
};
