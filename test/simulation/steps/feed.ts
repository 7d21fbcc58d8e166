/** An operator at a queue class: takes it from its workers, gives it back, empties it. */
import { createOperator, type Operator } from "../../../shared/client/operator.ts";
import type { QueueTarget } from "../../../shared/ports/queue.ts";
import { throughFaults } from "../fault-points.ts";
import { queueClasses } from "../jobs.ts";
import { mainOf, skewed, type World } from "../world.ts";
import { besides, operatorOf } from "./operate.ts";
import type { StepKind } from "./step.ts";

/** What these calls make use of. */
function operatorIn(world: World, name: string): Pick<Operator, "pause" | "resume" | "purge"> {
	const caller = operatorOf(name);
	const operator = { depth: world.depth, purge: world.purge };
	return createOperator({
		catalogue: world.versions[world.deployed ? 1 : 0].catalogue,
		operator: throughFaults(world, caller, "operator", operator) as never,
		mappings: throughFaults(world, caller, "mappings", world.mappings),
		breakers: world.breakers,
		queue: world.queue,
		blobs: world.blobs,
		clock: skewed(world.clock, 0),
		address: {} as never,
	});
}

async function switchTo(world: World, name: string, queueClass: string, to: "paused" | "active"): Promise<void> {
	const operator = operatorIn(world, name);
	world.see({ kind: "switching", queueClass, to });
	const { state } = await (to === "paused" ? operator.pause(queueClass) : operator.resume(queueClass));
	world.see({ kind: "switched", queueClass, to, state });
}

const classOf = (world: World, name: string): string => world.draw.oneOf(`${name} class`, queueClasses) ?? "standard";

export const pause: StepKind = {
	name: "pause a class",
	weight: 2,
	take: (world, name) => besides(world, switchTo(world, name, classOf(world, name), "paused")),
};

export const resume: StepKind = {
	name: "resume a class",
	weight: 2,
	take: (world, name) => besides(world, switchTo(world, name, classOf(world, name), "active")),
};

/** At the end of a world's life nobody is kept waiting any more, whoever's order to pause a class lands last. */
export async function resumeAll(world: World): Promise<void> {
	for (const queueClass of queueClasses) {
		if (world.mappings.feeds(queueClass)) continue;
		const { state } = await world.mappings.read(queueClass);
		if (state === "paused")
			besides(world, switchTo(world, `end ${world.clock.now()} ${queueClass}`, queueClass, "active"));
	}
}

export const purge: StepKind = {
	name: "purge a class",
	weight: 1,
	times: 1,
	take(world, name) {
		const queueClass = classOf(world, name);
		const idsIn = (target: QueueTarget): readonly string[] => world.messages(target).map(({ messageId }) => messageId);
		const messages = idsIn(mainOf(queueClass));
		besides(
			world,
			operatorIn(world, name)
				.purge(queueClass)
				.then(() => {
					const messagesNow = idsIn(mainOf(queueClass));
					const left = messages.filter((id) => messagesNow.includes(id)).length;
					world.see({ kind: "purged", queueClass, left });
				}),
		);
	},
};
