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
