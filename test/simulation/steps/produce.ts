/** Producers: services with our client, whose ports fail them too, and services that know the contract only. They repeat what was not confirmed, and sometimes what was. */
import { createClient, type EnqueueOptions } from "../../../shared/client/client.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { plusSeconds, toIso } from "../../../shared/kernel/time.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { throughFaults } from "../fault-points.ts";
import type { SimulatedInput } from "../jobs.ts";
import { mainOf, skewed, type World } from "../world.ts";
import type { StepKind } from "./step.ts";

interface Request {
	readonly job: string;
	readonly queueClass: string;
	readonly input: Omit<SimulatedInput, "note">;
	readonly options: EnqueueOptions;
}

/** Keys are few, so that requests meet under one. */
const keys = ["spring", "summer"];
const tenants = ["acme", "blue", undefined];

function drawRequest(world: World, name: string): Request {
	const { draw, clock } = world;
	const job =
		draw.oneOf(`${name} job`, ["work", "work", "work", "report", "after", "limited", "single", "long"]) ?? "work";
	const how = draw.unit(`${name} how`);
	const waits: EnqueueOptions =
		how < 0.7
			? {}
			: how < 0.8
				? { delaySeconds: Math.round(draw.unit(`${name} delay`) * 2_000) }
				: how < 0.9
					? { notBefore: toIso(plusSeconds(clock.now(), draw.unit(`${name} delay`) * 10_000)) }
					: { expiresAt: toIso(plusSeconds(clock.now(), 60 + draw.unit(`${name} expiry`) * 300)) };
	const named = draw.unit(`${name} named`);
	const key = draw.oneOf(`${name} key`, keys);
	const tenant = draw.oneOf(`${name} tenant`, tenants);
	const big = draw.chance(`${name} big`, 0.01) ? { pad: "z".repeat(100_000) } : {};
	return {
		job,
		queueClass: job === "after" ? "bulk" : "standard",
		input: { request: name, n: draw.int(`${name} n`, 10), ...big },
		options: {
			...waits,
			...(named < 0.5 ? { id: `r-${name}` } : named < 0.7 && job !== "report" && key !== undefined ? { key } : {}),
			...(tenant === undefined ? {} : { tenant }),
			...(draw.chance(`${name} headers`, 0.1) ? { headers: { from: name } } : {}),
		},
	};
}

/** Through the client, with faults; what is not confirmed is sent again under the same id, a few times. */
async function throughClient(world: World, name: string, { job, input, options }: Request): Promise<void> {
	const { draw } = world;
	const producer = { name: `p${name}`, alive: true, die: () => {} };
	const reports = (world.faults ? world.settings.faults : []).length;
	const client = createClient({
		catalogue: world.versions[world.deployed && draw.chance(`${name} is new`, 0.5) ? 1 : 0].catalogue,
		queue: reporting(world, throughFaults(world, producer, "queue", world.queue)),
		blobs: throughFaults(world, producer, "blobs", world.blobs),
		store: world.store,
		limits: world.limits,
		clock: skewed(world.clock, 0),
		random: createSeededRandom(draw.int(`${name} random`, 2 ** 31)),
	});
	let id = options.id;
	for (let times = 0; times < (reports > 0 ? 3 : 1); times++) {
		try {
			await client.enqueue(job, input, id === undefined ? options : { ...options, id, key: undefined });
			return;
		} catch (error) {
			if (!(error instanceof MillraceError)) throw error;
			const failed = error.details?.["failed"];
			if (options.key === undefined && Array.isArray(failed)) id = failed[0].id;
		}
	}
}

/** What the client is told was sent, is accepted. */
function reporting(world: World, queue: World["queue"]): Pick<World["queue"], "sendMany"> {
	return {
		async sendMany(target, messages) {
			const results = await queue.sendMany(target, messages);
			results.forEach((result, index) => {
				if (result.sent)
					world.see({ kind: "accepted", target, messageId: result.messageId, body: messages[index]?.body ?? "" });
			});
			return results;
		},
	};
}

/** @param more what only a careless producer sets: a number of hops that is refused, and forgotten by a redrive. */
const bodyOf = ({ job, input, options: { delaySeconds: _, ...options } }: Request, more: object): string =>
	JSON.stringify({ job, input, ...options, ...more });

export async function produceOne(world: World, name: string): Promise<void> {
	const request = drawRequest(world, name);
	if (world.draw.chance(`${name} by client`, 0.5)) {
		// It goes on beside everything else.
		const sent = throughClient(world, name, request).finally(() => world.running.delete(sent));
		world.running.add(sent);
		return;
	}
	await world.send(
		mainOf(request.queueClass),
		bodyOf(request, world.draw.chance(`${name} has come far`, 0.02) ? { hops: 20_000 } : {}),
	);
}

export const produce: StepKind = { name: "produce", weight: 10, take: produceOne };

/** Many at once for a job that is limited, so that they meet. */
export const produceMany: StepKind = {
	name: "produce many at once",
	weight: 4,
	times: 2,
	async take(world, name) {
		const { draw } = world;
		const job = draw.oneOf(`${name} job`, ["limited", "single", "long"]) ?? "limited";
		const count = 3 + draw.int(`${name} count`, 8);
		for (let nth = 0; nth < count; nth++) {
			const tenant = draw.oneOf(`${name} tenant ${nth}`, tenants);
			const input = { request: `${name}.${nth}`, n: draw.int(`${name} n ${nth}`, 10) };
			const body = JSON.stringify({ job, input, id: `m-${name}.${nth}`, ...(tenant === undefined ? {} : { tenant }) });
			await world.send(mainOf("standard"), body);
		}
	},
};

/** A producer that is not sure sends the same again, be it long done. */
export const sendAgain: StepKind = {
	name: "send again",
	weight: 6,
	async take(world, name) {
		const known = world.accepted.filter(({ body }) => body.includes('"id"') || body.includes('"key"'));
		const again = world.draw.oneOf(`${name} which`, known);
		if (again !== undefined) await world.send(again.target, again.body);
	},
};
