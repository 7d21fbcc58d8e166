/** An operator at the dead-letter queue: the body is sent back under a new message id, now and then twice; and a purge. */
import type { ReceivedMessage } from "../../../shared/ports/queue-operator.ts";
import { poisonIn } from "../checkers/message-subject.ts";
import { queueClasses } from "../jobs.ts";
import { deadLettersOf, mainOf, type World } from "../world.ts";
import type { StepKind } from "./step.ts";

export const redriveOne: StepKind = {
	name: "redrive a dead letter",
	weight: 10,
	async take(world, name) {
		const { draw } = world;
		const letters = queueClasses.flatMap((queueClass) =>
			world.messages(deadLettersOf(queueClass)).map((letter) => ({ queueClass, letter })),
		);
		const drawn = draw.oneOf(`${name} which`, letters);
		if (drawn === undefined) return;
		const { queueClass, letter } = drawn;
		// As `millrace dlq redrive` does: sent, then removed, and a crash in between sends it twice.
		await world.queue.sendMany(mainOf(queueClass), [{ body: named(letter) }]);
		if (draw.happens(`${name}: it stays in the dead-letter queue too`, 0.3)) return;
		const received = await world.receive(deadLettersOf(queueClass), 10, lookSeconds);
		const same = received.filter(({ messageId }) => messageId === letter.messageId);
		await world.remove(
			deadLettersOf(queueClass),
			same.map(({ receiptHandle }) => receiptHandle),
		);
	},
};

/** Somebody raises the generation of a known message by hand: of a run that failed, its redrive; of a success, nothing. */
export const raiseGeneration: StepKind = {
	name: "raise a generation by hand",
	weight: 2,
	async take(world, name) {
		const known = world.accepted.filter(({ body }) => body.includes('"id"') && poisonIn(body) === undefined);
		const again = world.draw.oneOf(`${name} which`, known);
		if (again === undefined) return;
		const message = JSON.parse(again.body) as { readonly id: string };
		const row = world.row(message.id);
		if (row === undefined || !["SUCCESS", "FAILURE"].includes(row.state)) return;
		const body = JSON.stringify({ ...message, generation: row.generation + 1 });
		await world.queue.sendMany(again.target, [{ body }]);
	},
};

const lookSeconds = 5;

/** A run that was named by its message's own id, which SQS changes with a redrive, keeps its name. */
const named = (letter: Letter): string =>
	changed(letter, (fields) =>
		["id", "key", "schedule"].some((name) => name in fields) ? fields : { ...fields, id: letter.messageId },
	);

/** As `millrace dlq redrive` does: it has no deadline either. */
const begunAnew = (letter: Letter): string =>
	changed({ ...letter, body: named(letter) }, ({ expiresAt: _, ...fields }) => fields);

type Letter = Pick<ReceivedMessage, "body" | "messageId">;
type Fields = Readonly<Record<string, unknown>>;

function changed({ body }: Letter, change: (fields: Fields) => Fields): string {
	try {
		const given: unknown = JSON.parse(body);
		if (typeof given !== "object" || given === null || Array.isArray(given)) return body;
		const fields = given as Fields;
		const after = change(fields);
		return after === fields ? body : JSON.stringify(after);
	} catch {
		return body;
	}
}

/** Sends back every letter there is. @returns the bodies. */
export async function redriveAll(
	world: World,
	which: (letter: ReceivedMessage) => boolean,
): Promise<readonly string[]> {
	const bodies: string[] = [];
	for (const queueClass of queueClasses) {
		for (;;) {
			const received = await world.receive(deadLettersOf(queueClass), 10, lookSeconds);
			if (received.length === 0) break;
			const back = received.filter(which);
			await world.queue.sendMany(
				mainOf(queueClass),
				back.map((letter) => ({ body: begunAnew(letter) })),
			);
			await world.remove(
				deadLettersOf(queueClass),
				back.map(({ receiptHandle }) => receiptHandle),
			);
			bodies.push(...back.map(({ body }) => body));
		}
	}
	// What stayed can be received again.
	await world.clock.advance(lookSeconds * 1_000);
	return bodies;
}
