/** All kinds of steps. A feature that is operated, or that the outside does something to, adds a file in steps/ and a line here. */
import { deliver, deliverDeleted, deliverTwice } from "./steps/deliver.ts";
import { pause, purge, resume } from "./steps/feed.ts";
import { invalidate } from "./steps/invalidate.ts";
import { changeLimit, revoke, setLimit, sweepOnce } from "./steps/operate.ts";
import { daysPass, passTime } from "./steps/pass-time.ts";
import { badNamesake, poison } from "./steps/poison.ts";
import { produce, produceMany, sendAgain } from "./steps/produce.ts";
import { raiseGeneration, redriveOne } from "./steps/redrive.ts";
import { callATick, operateSchedule } from "./steps/schedule.ts";
import type { StepKind } from "./steps/step.ts";
import { deploy, outage } from "./steps/turbulence.ts";

export const stepKinds: readonly StepKind[] = [
	deliver,
	deliverTwice,
	deliverDeleted,
	passTime,
	daysPass,
	produce,
	produceMany,
	sendAgain,
	revoke,
	changeLimit,
	setLimit,
	invalidate,
	pause,
	resume,
	purge,
	sweepOnce,
	poison,
	badNamesake,
	redriveOne,
	raiseGeneration,
	deploy,
	outage,
];

/** Where there are schedules, also these; and less of what they have no part in. */
export const scheduledStepKinds: readonly StepKind[] = [
	...stepKinds.map((kind) => (kind === sweepOnce ? { ...kind, weight: 14 } : kind)),
	operateSchedule,
	callATick,
];
