/** How queues, table and workers are: for GET /api/v1/queues, and for health checks, which must be quick whatever hangs. */
import type { z } from "zod/mini";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { runId } from "../../shared/kernel/ids.ts";
import type { Feeding } from "../../shared/ports/mapping-operator.ts";
import type { QueueDepth } from "../../shared/ports/queue-operator.ts";
import type { healthAnswer, queuesAnswer } from "../../shared/wire/http-api.ts";
import type { Answer, ApiParts } from "./api-parts.ts";
import { keptFor } from "./kept-for.ts";

/** Lambda's API answers some 15 such questions a second for a whole account. */
const KEPT_MS = 5_000;
const PATIENCE_MS = 3_000;
/** Of no run: it is never there, and says as much of the table as any. */
const NOBODY_ID = runId("health-check");

type Health = z.infer<typeof healthAnswer>;

export function platformRoutes(
	parts: ApiParts,
): Readonly<Record<"listQueues" | "getHealth" | "getHealthOfWorkers", Answer>> {
	const { clock } = parts;
	const queues = keptFor(KEPT_MS, clock, () => readQueues(parts));
	const health = keptFor(KEPT_MS, clock, () => readHealth(parts));
	const getHealth: Answer = async () => {
		const body = await health();
		return { status: body.status === "healthy" ? 200 : 503, body };
	};
	return {
		listQueues: async () => ({ status: 200, body: await queues() }),
		getHealth,
		getHealthOfWorkers: getHealth,
	};
}

async function readQueues({ catalogue, operator, mappings }: ApiParts): Promise<z.infer<typeof queuesAnswer>> {
	const all = catalogue.queueClasses.map(async ({ name, promise }) => {
		const [main, dead, feeding] = await Promise.all([
			operator.depth({ queueClass: name, queue: "main" }),
			operator.depth({ queueClass: name, queue: "dead-letter" }),
			mappings.read(name),
		]);
		return {
			...{ name, promise, worker_group: catalogue.groupOf(name)?.name ?? "" },
			...{ waiting: main.visible, delayed: main.delayed, in_flight: main.inFlight },
			dead_letters: dead.visible + dead.inFlight + dead.delayed,
			feeding: feeding.state,
			...(feeding.reason === undefined ? {} : { paused_because: feeding.reason }),
		};
	});
	return { queues: await Promise.all(all) };
}

async function readHealth(parts: ApiParts): Promise<Health> {
	const { catalogue, operator, mappings, store } = parts;
	const names = catalogue.queueClasses.map(({ name }) => name);
	const ask = <Value>(what: string, question: Promise<Value>) => inTime(parts, what, question);
	const [table, depths, feedings] = await Promise.all([
		ask("store not reached", store.getMany([NOBODY_ID])),
		Promise.all(
			names.map((name) =>
				ask<QueueDepth>(`broker not reached: queue of ${name}`, operator.depth({ queueClass: name, queue: "main" })),
			),
		),
		Promise.all(names.map((name) => ask<Feeding>(`consumers of ${name} not known`, mappings.read(name)))),
	]);
	// Why it is paused are an operator's words to colleagues: GET /api/v1/queues has them, this route may be open to anybody.
	const paused = feedings.flatMap(({ value }, index) =>
		value?.state === "paused" ? [`no consumer: ${names[index]} is paused`] : [],
	);
	const reasons = [
		...[table, ...depths, ...feedings].flatMap(({ reason }) => (reason === undefined ? [] : [reason])),
		...paused,
	];
	const known = depths.flatMap(({ value }) => (value === undefined ? [] : [value]));
	return {
		status: reasons.length === 0 ? "healthy" : "unhealthy",
		...(reasons.length === 0 ? {} : { reason: reasons.join("; ") }),
		reasons,
		workers: names.filter((_, index) => feedings[index]?.value?.state === "active"),
		...(known.length < names.length ? {} : { active_tasks: known.reduce((sum, { inFlight }) => sum + inFlight, 0) }),
		queue_depths: Object.fromEntries(
			names.flatMap((name, index) => {
				const visible = depths[index]?.value?.visible;
				return visible === undefined ? [] : [[name, visible]];
			}),
		),
	};
}

type Told<Value> =
	| { readonly value: Value; readonly reason?: never }
	| { readonly value?: never; readonly reason: string };

/** A health check may be open to anybody: it says what failed, and the log says how. */
async function inTime<Value>({ clock, log }: ApiParts, what: string, question: Promise<Value>): Promise<Told<Value>> {
	const enough = new AbortController();
	try {
		const late = clock.sleep(PATIENCE_MS, enough.signal).then((): never => {
			throw new MillraceError("store-failed", `No answer within ${PATIENCE_MS / 1000} s.`);
		});
		return { value: await Promise.race([question, late]) };
	} catch (error) {
		log.warn("A health check failed", { what, error });
		return { reason: what };
	} finally {
		enough.abort();
	}
}
