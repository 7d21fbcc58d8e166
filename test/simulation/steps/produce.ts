/** Producers: services with our client, whose ports fail them too, and services that know the contract only. They repeat what was not confirmed, and sometimes what was. */
import { createClient, type EnqueueOptions } from "../../../shared/client/client.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { plusSeconds, toIso } from "../../../shared/kernel/time.ts";
import { createSeededRandom } from "../../support/seeded-random.ts";
import { throughFaults } from "../fault-points.ts";
import { isOfBulk, type SimulatedInput } from "../jobs.ts";
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

/** Of a job that this world has beyond the plain ones. */
function specialJob({ features, draw }: World, name: string): string | undefined {
	const special = [
		...(features.blocking ? ["solid"] : []),
		...(features.cache ? ["cached"] : []),
		...(features.debounce ? ["quiet"] : []),
		...(features.batch ? ["gathered"] : []),
	];
	return draw.chance(`${name} special`, 0.2 + special.length * 0.15)
		? draw.oneOf(`${name} special job`, special)
		: undefined;
}

/** Runs are told from each other by their wishes, but those of a cache share a few. */
const wishOf = (job: string, name: string): string => (job === "cached" ? "the same" : name);
const numbersOf = (job: string): number => (job === "cached" ? 2 : 10);

function drawRequest(world: World, name: string): Request {
	const { draw, clock, features } = world;
	const drawn =
		draw.oneOf(`${name} job`, ["work", "work", "work", "report", "after", "limited", "single", "long"]) ?? "work";
	const job = specialJob(world, name) ?? drawn;
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
		// Whoever writes the message by hand may choose any class of the job's group.
		queueClass: isOfBulk(job)
			? "bulk"
			: features.siblings && draw.chance(`${name} sibling`, 0.4)
				? "express"
				: "standard",
		input: { request: wishOf(job, name), n: draw.int(`${name} n`, numbersOf(job)), ...(job === "cached" ? {} : big) },
		options: {
			...waits,
			...(named < 0.5
				? { id: `r-${name}` }
				: named < 0.7 && job !== "report" && job !== "cached" && key !== undefined
					? { key }
					: {}),
			...(tenant === undefined ? {} : { tenant }),
			...(draw.chance(`${name} headers`, 0.1) ? { headers: { from: name } } : {}),
			...(features.routed && draw.chance(`${name} urgent`, 0.3) ? { priority: draw.int(`${name} priority`, 10) } : {}),
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
		cache: world.cache,
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
export function reporting(world: World, queue: World["queue"]): Pick<World["queue"], "sendMany"> {
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
		const drawn = draw.oneOf(`${name} job`, ["limited", "single", "long"]) ?? "limited";
		const job = specialJob(world, name) ?? drawn;
		const count = 3 + draw.int(`${name} count`, 8);
		for (let nth = 0; nth < count; nth++) {
			const tenant = draw.oneOf(`${name} tenant ${nth}`, tenants);
			const input = { request: wishOf(job, `${name}.${nth}`), n: draw.int(`${name} n ${nth}`, numbersOf(job)) };
			const body = JSON.stringify({ job, input, id: `m-${name}.${nth}`, ...(tenant === undefined ? {} : { tenant }) });
			const sibling = world.features.siblings && draw.chance(`${name} sibling ${nth}`, 0.5);
			await world.send(mainOf(isOfBulk(job) ? "bulk" : sibling ? "express" : "standard"), body);
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
