/** What scenarios are made of: whole runs, a batch held while it performs, what happened before the count begins. */
import type { Counted } from "../../../scripts/cost/counted.ts";
import type { JobContext, Overlap } from "../../../shared/job/index.ts";
import type { CostJob } from "./catalogue.ts";
import type { CostWorld, QueueName } from "./cost-world.ts";

export type Scenario = (world: CostWorld, batch: number) => Promise<Counted>;

/** One batch of ten, or two alone. */
export const runsOf = (batch: number): number => Math.max(batch, 2);
export const minuteMs = 60_000;

/** Runs of a job from their enqueue to their end. */
export const wholeRuns =
	(
		job: CostJob,
		more: {
			readonly queue?: QueueName;
			readonly options?: (nth: number) => object;
			readonly perform?: CostWorld["perform"];
		} = {},
	): Scenario =>
	(world, batch) => {
		if (more.perform !== undefined) world.perform = more.perform;
		return world.count(runsOf(batch), async () => {
			await world.enqueue(job, runsOf(batch), batch, more.options);
			await world.drain(more.queue ?? "plain", batch);
		});
	};

/** Holds performances until the test lets go. */
export function gate() {
	const held = Promise.withResolvers<void>();
	const begun = Promise.withResolvers<void>();
	let missing = 0;
	return {
		expect: (count: number) => {
			missing = count;
			return begun.promise;
		},
		wait: async () => {
			if (--missing === 0) begun.resolve();
			await held.promise;
			return {};
		},
		open: held.resolve,
	};
}

/** One batch that performs until `meanwhile` is over; only that is counted. */
export const whilePerforming =
	(
		job: CostJob,
		queue: QueueName,
		meanwhile: (world: CostWorld) => Promise<void>,
		first: (context: JobContext) => void = () => {},
	): Scenario =>
	async (world, batch) => {
		const { expect, wait, open } = gate();
		world.perform = (context) => {
			first(context);
			return wait();
		};
		await world.enqueue(job, batch, batch);
		const begun = expect(batch);
		const { handles, answered } = await world.deliver(queue, batch);
		await begun;
		const counted = await world.count(batch, () => meanwhile(world));
		open();
		await answered;
		await world.remove(queue, handles);
		return counted;
	};

/** The second tick of each schedule, when the run of the first has ended. */
export const tickAfterwards =
	(overlap: Overlap): Scenario =>
	async (world, batch) => {
		await world.tick(overlap, runsOf(batch), 1);
		await world.drain("plain", 10);
		return world.count(runsOf(batch), async () => {
			await world.tick(overlap, runsOf(batch));
			await world.drain("plain", batch);
		});
	};

/** The second tick of each schedule, while the run of the first performs; that one ends before the second is looked at again. */
export const tickMeanwhile =
	(overlap: Overlap): Scenario =>
	async (world, batch) => {
		const { expect, wait, open } = gate();
		world.perform = wait;
		await world.tick(overlap, runsOf(batch), 1);
		const begun = expect(runsOf(batch));
		const first = await Promise.all(Array.from({ length: runsOf(batch) / batch }, () => world.deliver("plain", batch)));
		await begun;
		world.perform = async () => ({});
		return world.count(runsOf(batch), async () => {
			await world.tick(overlap, runsOf(batch));
			for (let taken = 0; taken < runsOf(batch); taken += batch) {
				const { handles, answered } = await world.deliver("plain", batch);
				await answered;
				await world.remove("plain", handles);
			}
			await world.uncountedly(async () => {
				open();
				for (const { handles, answered } of first) {
					await answered;
					await world.remove("plain", handles);
				}
			});
			await world.drain("plain", batch);
		});
	};

/** A message that any producer may have sent, without our client. */
export async function sendRaw(world: CostWorld, job: CostJob, more: object, batch: number): Promise<void> {
	const messages = Array.from({ length: runsOf(batch) }, () => ({ body: JSON.stringify({ job, ...more }) }));
	const target = { queueClass: "plain", queue: "main" } as const;
	if (batch > 1) await world.platform.queue.sendMany(target, messages);
	else for (const message of messages) await world.platform.queue.sendMany(target, [message]);
}

export const inMs = (durationMs: number): string => new Date(Date.now() + durationMs).toISOString();

/** An error that a breaker counts. */
export const outage = (): Error => Object.assign(new Error("Service Unavailable"), { status: 503 });

/** Before the count begins. */
export async function endedRuns(world: CostWorld, job: CostJob, batch: number): Promise<readonly string[]> {
	const ids = await world.enqueue(job, runsOf(batch), 10);
	await world.drain("plain", 10);
	return ids;
}
