/** An operator at a schedule: stops it, lets it go on, makes it, takes it away, has it run for times of the past; and whoever calls a message a tick. */
import { createClient } from "../../../shared/client/client.ts";
import type { Schedules } from "../../../shared/client/schedules.ts";
import { eventBridgeExpression } from "../../../shared/job/schedule.ts";
import { epochMs, plusMs, toIso } from "../../../shared/kernel/time.ts";
import { TICK_NAME_PREFIX, tickMessage } from "../../../shared/wire/tick-message.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { throughFaults } from "../fault-points.ts";
import type { Happening } from "../history.ts";
import { inputOfTick, type Plan, scheduledJob } from "../schedules.ts";
import { mainOf, skewed, type World } from "../world.ts";
import { besides, operatorOf, sweepTicks } from "./operate.ts";
import { reporting } from "./produce.ts";
import type { StepKind } from "./step.ts";

/** What the deploy made, and an operator before that; the sweeper may have looked already. */
export async function openSchedules(world: World): Promise<void> {
	const { features, draw, plans, schedules, clock } = world;
	if (!features.schedules) return;
	for (const plan of plans) {
		const { name, deployed, rule, overlap, catchUp } = plan;
		if (!deployed && draw.chance("schedule made later", 0.5)) continue;
		const run = { job: scheduledJob, input: inputOfTick(name) };
		if (!deployed) await schedules.define(name, { ...run, rule, overlap, catchUp });
		if (draw.chance(`schedule ${name} was looked at`, 0.7))
			await schedules.noteMissed(name, { count: 0, until: plusMs(clock.now(), -120_000) });
		await recur(world, plan);
		if (plan.enabledLater) seeOrder(world, name, "disable");
	}
}

const recur = ({ scheduler, deployed }: World, { name, rule, enabledLater }: Plan): Promise<void> =>
	scheduler.recur({
		name: `${TICK_NAME_PREFIX}${name}`,
		queueClass: "standard",
		...eventBridgeExpression(rule),
		enabled: deployed || !enabledLater,
		body: tickMessage({ job: scheduledJob, input: inputOfTick(name), name }),
		eventAgeSeconds: 60,
		description: "",
	});

/** The next version enables what this one has disabled for longer than from one sweep to the next. */
export async function deploySchedules(world: World): Promise<void> {
	const enabled = world.features.schedules ? world.plans.filter(({ enabledLater }) => enabledLater) : [];
	if (enabled.length > 0) await sweepTicks(world, world);
	world.deployed = true;
	for (const plan of enabled) {
		await recur(world, plan);
		seeOrder(world, plan.name, "enable");
	}
}

function seeOrder(world: World, schedule: string, what: "disable" | "enable"): void {
	for (const done of [false, true]) world.see({ kind: "schedule operated", schedule, what, done });
}

function schedulesIn(world: World, name: string): Schedules {
	const caller = operatorOf(name);
	return createClient({
		catalogue: world.versions[world.deployed ? 1 : 0].catalogue,
		queue: reporting(world, throughFaults(world, caller, "queue", world.queue)),
		blobs: world.blobs,
		store: throughFaults(world, caller, "store", world.store),
		cache: world.cache,
		limits: world.limits,
		scheduler: throughFaults(world, caller, "scheduler", world.scheduler),
		schedules: throughFaults(world, caller, "schedules", world.schedules),
		clock: skewed(world.clock, 0),
		random: createSeededRandom(world.draw.int(`${name} random`, 2 ** 31)),
	}).schedules;
}

type Operation = Extract<Happening, { kind: "schedule operated" }>["what"];

function operate(world: World, schedule: string, what: Operation, work: () => Promise<unknown>): void {
	world.see({ kind: "schedule operated", schedule, what, done: false });
	besides(
		world,
		work().then(() => world.see({ kind: "schedule operated", schedule, what, done: true })),
	);
}

/** The last few minutes, by an operator who perhaps asks twice. */
async function backfill(world: World, name: string, { name: schedule }: Plan): Promise<void> {
	const { draw, clock } = world;
	const to = plusMs(clock.now(), -draw.unit(`${name} to`) * 60_000);
	const range = { from: toIso(plusMs(to, -240_000)), to: toIso(to) };
	await schedulesIn(world, name).backfill(schedule, range);
	if (draw.happens(`${name}: the same backfill twice`, 0.3))
		await schedulesIn(world, `${name} again`).backfill(schedule, range);
}

export const operateSchedule: StepKind = {
	name: "operate a schedule",
	weight: 14,
	take(world, name) {
		const { draw } = world;
		const plan = draw.oneOf(`${name} which`, world.plans);
		if (plan === undefined) return;
		const { name: schedule, rule, overlap, catchUp, deployed } = plan;
		const what = draw.oneOf(`${name} what`, [
			"disable",
			"enable",
			"enable",
			"backfill",
			"run",
			"upsert",
			"upsert",
			"remove",
		]);
		const schedules = schedulesIn(world, name);
		if (what === "backfill") besides(world, backfill(world, name, plan));
		else if (what === "run") besides(world, schedules.runNow(schedule));
		else if (what === "disable") operate(world, schedule, what, () => schedules.disable(schedule, "not today"));
		else if (what === "enable") operate(world, schedule, what, () => schedules.enable(schedule));
		else if (deployed) return;
		else if (what === "remove") operate(world, schedule, what, () => schedules.remove(schedule));
		else {
			const timed = rule.kind === "cron" ? { cron: rule.cron } : { everySeconds: rule.everySeconds };
			const change = { job: scheduledJob, input: inputOfTick(schedule), ...timed, overlap, catchUp };
			operate(world, schedule, "upsert", () => schedules.upsert(schedule, change));
		}
	},
};

/** Whoever may send to the queue can say that a message is a tick: of a time to come, or of another job. */
export const callATick: StepKind = {
	name: "call a message a tick",
	weight: 5,
	async take(world, name) {
		const { draw, clock } = world;
		const plan = draw.oneOf(`${name} which`, world.plans);
		if (plan === undefined) return;
		const nextAt = (Math.floor(clock.now() / plan.everyMs) + 1) * plan.everyMs;
		const ofAnotherJob = draw.chance(`${name} of another job`, 0.4);
		const schedule = { name: plan.name, at: toIso(epochMs(nextAt + (ofAnotherJob ? 0 : 10 * plan.everyMs))) };
		const fields = ofAnotherJob
			? { job: "work", id: `r-${name}`, input: { request: name, n: 1 }, schedule }
			: { job: scheduledJob, input: inputOfTick(plan.name), schedule };
		await world.send(mainOf("standard"), JSON.stringify(fields));
	},
};
