/** The queue hands messages to a new invocation: some, in any order; also such as another one has still, or has deleted. */

import { toIso } from "../../../shared/kernel/time.ts";
import type { ReceivedMessage } from "../../../shared/ports/queue-operator.ts";
import type { HeldMessage } from "../../support/memory-queue.ts";
import { queueClasses } from "../jobs.ts";
import { invoke, visibilitySecondsOf } from "../worker.ts";
import { mainOf, type World } from "../world.ts";
import type { StepKind } from "./step.ts";

/** Receives what is visible and starts an invocation with it, if that is anything. */
export async function deliverSome(world: World, name: string, queueClass: string, max: number): Promise<void> {
	if (!world.mappings.feeds(queueClass)) return;
	const received = await world.receive(mainOf(queueClass), max, visibilitySecondsOf(world));
	const messages = received
		.map((message) => ({ message, at: world.draw.unit(`${name} order of ${message.messageId}`) }))
		.sort((one, other) => one.at - other.at)
		.map(({ message }) => message);
	if (messages.length > 0) invoke(world, { name: `w${name}`, queueClass, messages });
}

const asReceived = (
	{ messageId, body, attributes, receiveCount, sentAt }: HeldMessage,
	receiptHandle: string,
): ReceivedMessage => ({
	messageId,
	receiptHandle,
	body,
	attributes,
	receiveCount,
	sentAt: toIso(sentAt),
});

export const deliver: StepKind = {
	name: "deliver",
	weight: 68,
	take(world, name) {
		const drawn = world.draw.oneOf(`${name} class`, ["standard", "standard", "bulk"]) ?? "standard";
		const queueClass = world.features.siblings && world.draw.chance(`${name} sibling`, 0.35) ? "express" : drawn;
		return deliverSome(world, name, queueClass, world.draw.oneOf(`${name} max`, [10, 10, 3, 1]) ?? 10);
	},
};

/** SQS delivers at least once: a message that one invocation has goes to a second one too. */
export const deliverTwice: StepKind = {
	name: "deliver a message twice",
	weight: 10,
	take(world, name) {
		const held = queueClasses
			.flatMap((queueClass) => world.messages(mainOf(queueClass)).map((message) => ({ queueClass, message })))
			.filter(({ queueClass, message }) => world.mappings.feeds(queueClass) && message.receiptHandle !== undefined);
		const twice = world.draw.oneOf(`${name} which`, held);
		if (twice?.message.receiptHandle === undefined) return;
		const { queueClass, message } = twice;
		invoke(world, { name: `w${name}`, queueClass, messages: [asReceived(message, twice.message.receiptHandle)] });
	},
};

/** And a copy that missed its deletion comes again. */
export const deliverDeleted: StepKind = {
	name: "deliver a deleted message",
	weight: 6,
	take(world, name) {
		const gone = world.deleted.filter(
			({ target }) => target.queue === "main" && world.mappings.feeds(target.queueClass),
		);
		const again = world.draw.oneOf(`${name} which`, gone);
		if (again === undefined) return;
		invoke(world, {
			name: `w${name}`,
			queueClass: again.target.queueClass,
			messages: [asReceived(again.message, "a deleted one's")],
		});
	},
};
