/** An operator: stops a run, changes a limit; and the sweeper, which runs by itself, and may meet itself. */
import { createClient } from "../../../shared/client/client.ts";
import { checkTicks, type TickParts } from "../../../shared/engine/schedules/check-ticks.ts";
import { sweep } from "../../../shared/engine/sweep/sweep.ts";
import { scheduledRun } from "../../../shared/job/scheduled-run.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { subjectOf } from "../checkers/message-subject.ts";
import { throughFaults } from "../fault-points.ts";
import { skewed, type World } from "../world.ts";
import type { StepKind } from "./step.ts";

export const operatorOf = (name: string) => ({ name: `o${name}`, alive: true, die: () => {} });

/** What is begun goes on beside everything else; what its ports fail, it does not do. */
export function besides(world: World, work: Promise<unknown>): void {
	const done: Promise<void> = work
		.then(() => {})
		.catch(() => {})
		.finally(() => world.running.delete(done));
	world.running.add(done);
}

export function clientOf(world: World, name: string) {
	const operator = operatorOf(name);
	return createClient({
		catalogue: world.versions[world.deployed ? 1 : 0].catalogue,
		queue: world.queue,
		blobs: world.blobs,
		store: throughFaults(world, operator, "store", world.store),
		cache: throughFaults(world, operator, "cache", world.cache),
		limits: throughFaults(world, operator, "limits", world.limits),
		scheduler: world.scheduler,
		clock: skewed(world.clock, 0),
		random: createSeededRandom(world.draw.int(`${name} random`, 2 ** 31)),
	});
}

/** Of a run that is known, at whatever stage, or of one whose message has not been seen yet. */
export const revoke: StepKind = {
	name: "revoke",
	weight: 3,
	take(world, name) {
		const waiting = world.accepted.map(({ body }) => subjectOf(world, { body, messageId: "" })?.runId ?? "");
		const ids = [...world.rows().map(({ id }) => String(id)), ...waiting].filter(
			(id) => id !== "" && !id.startsWith("poison"),
		);
		const id = world.draw.oneOf(`${name} which`, ids);
		if (id === undefined) return;
		besides(
			world,
			clientOf(world, name)
				.revoke(id, "not wanted")
				.then(({ outcome }) => world.see({ kind: "revoked", runId: id, outcome })),
		);
	},
};

export const changeLimit: StepKind = {
	name: "change a limit",
	weight: 1,
	take(world, name) {
		const { limits } = clientOf(world, name);
		const change = world.draw.oneOf(`${name} how`, ["halve", "double", "restore"]);
		changeRate(
			world,
			"limited",
			change === "restore" ? limits.restore("limited") : limits.factor("limited", change === "halve" ? 0.5 : 2),
		);
	},
};

/** Another rate in place of the declared one; where keys are counted apart, also for one of them. */
export const setLimit: StepKind = {
	name: "set a limit",
	weight: 1,
	take(world, name) {
		const { draw } = world;
		const { limits } = clientOf(world, name);
		const rate = draw.oneOf(`${name} rate`, ["12/m", "2/s", "20/s"] as const) ?? "2/s";
		const ofKey = world.features.perField && draw.chance(`${name} of a key`, 0.4);
		const limiter = ofKey ? `limited#${draw.int(`${name} key`, 10)}` : "limited";
		changeRate(world, limiter, limits.set(limiter, rate, { burst: draw.oneOf(`${name} burst`, [2, 4]) ?? 2 }));
	},
};

function changeRate(world: World, limiter: string, changed: Promise<unknown>): void {
	besides(
		world,
		changed.then(() => world.see({ kind: "rate changed", limiter })),
	);
}

/** As deployed: every half hour, and sometimes two at once. */
export async function startSweep(
	world: World,
	name: string,
	{ withTicks = true }: { readonly withTicks?: boolean } = {},
): Promise<void> {
	const sweeper = operatorOf(name);
	const { catalogue } = world.versions[world.deployed ? 1 : 0];
	const parts = {
		store: throughFaults(world, sweeper, "store", world.store),
		sweeps: throughFaults(world, sweeper, "sweeps", world.sweeps),
		queue: throughFaults(world, sweeper, "queue", world.queue),
		operator: { depth: world.depth },
		mappings: throughFaults(world, sweeper, "mappings", world.mappings),
		scheduler: world.scheduler,
		schedules: throughFaults(world, sweeper, "schedules", world.schedules),
		blobs: world.blobs,
		clock: skewed(world.clock, 0),
		random: createSeededRandom(world.draw.int(`${name} random`, 2 ** 31)),
		telemetry: { emit: (event: { readonly event: string }) => world.note("telemetry", event.event) },
		queueClassOf: (job: string) => catalogue.findJob(job)?.queueClass.name,
	};
	const { findings } = await sweep(parts, { patienceMs });
	for (const { action, runId, why } of findings)
		world.note("swept", `${runId}: ${action}${why === undefined ? "" : `, ${why}`}`);
	if (!world.features.schedules || !withTicks) return;
	await sweepTicks(world, parts);
}

/** As the deployed sweeper has it. */
const patienceMs = 180_000;

export async function sweepTicks(
	world: World,
	parts: Pick<TickParts, "schedules" | "store" | "queue" | "clock">,
): Promise<void> {
	const { catalogue } = world.versions[world.deployed ? 1 : 0];
	const { schedules, store, queue, clock } = parts;
	await checkTicks(
		{
			...{ schedules, store, queue, clock },
			operator: { depth: world.depth },
			deployed: catalogue.schedules.map((each) => scheduledRun(catalogue, each)),
			queueClassOf: (job) => catalogue.findJob(job)?.queueClass.name,
		},
		{ dryRun: false },
	);
}

export const sweepOnce: StepKind = {
	name: "sweep",
	weight: 2,
	take(world, name) {
		besides(world, startSweep(world, `${name}a`));
		if (world.draw.happens(`${name}: two sweeps at once`, 0.3)) besides(world, startSweep(world, `${name}b`));
	},
};
