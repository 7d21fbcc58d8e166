/** Larger events: a deploy in the middle, with old and new workers at once, and a whole service that is out for a while. */
import { startOutage } from "../fault-points.ts";
import { deploySchedules } from "./schedule.ts";
import type { StepKind } from "./step.ts";

export const deploy: StepKind = {
	name: "deploy",
	weight: 3,
	times: 1,
	take: deploySchedules,
};

export const outage: StepKind = {
	name: "outage",
	weight: 1,
	take(world, name) {
		const port = world.draw.oneOf(`${name} port`, ["store", "queue", "blobs"]) ?? "store";
		startOutage(world, port, world.draw.unit(`${name} length`) * 400_000);
	},
};
