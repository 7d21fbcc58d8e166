/** The schedules of a simulated platform: two that are deployed, and one that an operator makes, changes and takes away. */
import {
	defineSchedule,
	type JobDefinition,
	type Overlap,
	type ScheduleDefinition,
	type ScheduleRule,
} from "../../shared/job/index.ts";
import type { Draw } from "./draw.ts";

export interface Plan {
	readonly name: string;
	readonly deployed: boolean;
	/** Only the next version of the catalogue enables it. */
	readonly enabledLater: boolean;
	/** Between its ticks, counted from midnight. */
	readonly everyMs: number;
	readonly rule: ScheduleRule;
	readonly overlap: Overlap;
	readonly catchUp: { readonly windowSeconds: number; readonly runs: "latest" | "all" };
}

export const scheduledJob = "clocked";

const every = (everySeconds: number): ScheduleRule => ({ kind: "every", everySeconds });
const cron = (text: string): ScheduleRule => ({ kind: "cron", cron: text, timeZone: "UTC" });
const rules = [
	{ everyMs: 30_000, rule: every(30) },
	{ everyMs: 60_000, rule: cron("* * * * *") },
	{ everyMs: 120_000, rule: every(120) },
	{ everyMs: 180_000, rule: cron("*/3 * * * *") },
] as const;

export function drawPlans(draw: Draw): readonly Plan[] {
	return ["first", "second", "made"].map((name) => ({
		name,
		deployed: name !== "made",
		enabledLater: name === "second" && draw.happens("world: a schedule that the next version enables", 0.2),
		...(draw.oneOf(`schedule ${name} rule`, rules) ?? rules[0]),
		overlap: draw.oneOf(`schedule ${name} overlap`, ["skip", "queue", "allow", "cancel-other"] as const) ?? "skip",
		catchUp: {
			windowSeconds: draw.oneOf(`schedule ${name} window`, [120, 300, 600]) ?? 300,
			runs: draw.oneOf(`schedule ${name} makes up`, ["latest", "all"] as const) ?? "latest",
		},
	}));
}

export const inputOfTick = (name: string) => ({ request: `tick of ${name}`, n: 1 });

export const deployedSchedules = (
	draw: Draw,
	job: JobDefinition,
	version: "old" | "new",
): readonly ScheduleDefinition[] =>
	drawPlans(draw)
		.filter(({ deployed }) => deployed)
		.map(({ rule, ...plan }) => {
			const timed = rule.kind === "cron" ? { cron: rule.cron } : { everySeconds: rule.everySeconds };
			const { name, overlap, catchUp } = plan;
			const enabled = version === "new" || !plan.enabledLater;
			return defineSchedule({ ...{ name, job, overlap, catchUp, enabled }, ...timed, input: inputOfTick(name) });
		});
