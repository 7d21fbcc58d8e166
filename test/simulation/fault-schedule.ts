/**
 * One seed is one schedule: workers that die, freeze, lose answers and disagree about the time; messages delivered twice, late, out of
 * order, sent again by their producer and redriven by an operator. Afterwards the faults end, the queue is drained, and the promises of
 * the engine are checked against all that was seen.
 */
import type { JobImplementation } from "../../shared/job/implementation.ts";
import { giveUp, type JobContext, type JobDefinition, JobError, retryAfter, skip } from "../../shared/job/index.ts";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { LEASE_MARGIN_MS } from "../../shared/kernel/limits.ts";
import { type EpochMs, plusMs } from "../../shared/kernel/time.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { ClaimResult, FailedWrite, JobStore, RunRecord } from "../../shared/ports/job-store.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { ReceivedMessage } from "../../shared/ports/queue-operator.ts";
import { isTerminal } from "../../shared/wire/run-view.ts";
import { after, deadLetters, engineWorld, main } from "../support/engine-world.ts";
import { createSeededRandom } from "../support/seeded-random.ts";

/** Of the job "work" in the engine's world. */
const attemptsMax = 3;
/** Two workers' clocks differ by less than the lease's margin of 15 s. */
const skewMsMax = 7_000;

interface Performance {
	readonly place: string;
	readonly runId: string;
	readonly from: EpochMs;
	readonly leaseUntil: EpochMs;
	until: EpochMs | undefined;
}

interface Worker {
	alive: boolean;
	readonly performances: Performance[];
}

const isWritten = (result: ClaimResult | FailedWrite): result is Extract<ClaimResult, { claimed: true }> =>
	"claimed" in result && result.claimed;

/** @returns the promises that were broken, in words. */
export async function runSchedule(seed: number): Promise<readonly string[]> {
	const random = createSeededRandom(seed);
	const chance = (probability: number): boolean => random.unit() < probability;
	const oneOf = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random.unit() * items.length)];
	const shuffled = <Item>(items: readonly Item[]): Item[] =>
		items
			.map((item) => ({ item, at: random.unit() }))
			.sort((one, other) => one.at - other.at)
			.map(({ item }) => item);

	const world = engineWorld(async () => undefined, { autoAdvance: false, maxReceiveCount: 1_000 });
	const { clock } = world;
	const broken: string[] = [];
	const performances: Performance[] = [];
	const settledPlaces = new Map<string, string>();
	const running = new Set<Promise<void>>();
	/** Runs that a successful run enqueued. */
	const followers = new Set<string>();
	let faults = true;
	const faultRate = 0.02 + random.unit() * 0.2;

	/** INV-02: what has ended in a generation stays as it ended. */
	function watchRow(id: string): void {
		const row = world.row(id);
		if (row === undefined || !isTerminal(row.state)) return;
		const place = `${id} generation ${row.generation}`;
		const end = JSON.stringify(row);
		const known = settledPlaces.get(place);
		if (known !== undefined && known !== end) broken.push(`INV-02: ${place} ended as ${known}, then as ${end}`);
		settledPlaces.set(place, end);
	}

	function startWorker(messages: readonly ReceivedMessage[]): void {
		const worker: Worker = { alive: true, performances: [] };
		const never = new Promise<never>(() => {});
		let bury = (): void => {};
		const death = new Promise<void>((resolve) => (bury = resolve));
		function die(): void {
			worker.alive = false;
			for (const performance of worker.performances) performance.until ??= clock.now();
			bury();
		}
		const skewMs = (random.unit() * 2 - 1) * skewMsMax;
		const ownClock: Clock = { ...clock, now: () => plusMs(clock.now(), skewMs) };

		async function through<Result>(make: () => Promise<readonly Result[]>, lose: (result: Result) => Result) {
			if (!worker.alive) return never;
			const fault = faults && chance(faultRate) ? Math.floor(random.unit() * 7) : -1;
			if (fault === 0 || fault === 1) await clock.sleep(random.unit() * (fault === 0 ? 5_000 : 200_000));
			if (fault === 2) die();
			if (fault === 3) throw new MillraceError("store-failed", "cut off before its effect");
			if (!worker.alive) return never;
			const results = await make();
			if (fault === 4) die();
			if (!worker.alive) return never;
			if (fault === 5) throw new MillraceError("store-failed", "cut off after its effect");
			return fault === 6 ? results.map((result) => (chance(0.5) ? lose(result) : result)) : results;
		}
		const failed = (): FailedWrite => ({ failed: new MillraceError("store-failed", "its answer was lost") });

		const claims = new Map<string, RunRecord>();
		const store: JobStore = {
			...world.store,
			async claimMany(list) {
				const results = await through<ClaimResult | FailedWrite>(() => world.store.claimMany(list), failed);
				for (const { record } of list) watchRow(record.id);
				for (const result of results) if (isWritten(result)) claims.set(result.record.id, result.record);
				return results;
			},
			async settleMany(list) {
				const results = await through(async () => {
					const made = await world.store.settleMany(list);
					for (const { id } of list) watchRow(id);
					return made;
				}, failed);
				return results;
			},
			recordProgressMany: async (list) => {
				await through(async () => {
					await world.store.recordProgressMany(list);
					return [];
				}, failed);
			},
		};
		const queue: Queue = {
			sendMany: (target, list) =>
				through(
					() => world.queue.sendMany(target, list),
					() => ({ sent: false, error: "its answer was lost" }),
				),
		};

		const observed =
			(perform: JobImplementation<JobDefinition>): JobImplementation<JobDefinition> =>
			async (input, context) => {
				const claimed = claims.get(context.runId);
				if (claimed === undefined || !("leaseUntil" in claimed)) throw new Error("performed without a claim");
				const performance: Performance = {
					runId: claimed.id,
					place: `${claimed.id} generation ${claimed.generation}`,
					from: clock.now(),
					leaseUntil: plusMs(claimed.leaseUntil, -skewMs),
					until: undefined,
				};
				if (settledPlaces.has(performance.place)) broken.push(`INV-05: ${performance.place} performs after its end`);
				for (const other of performances) {
					if (
						other.runId === performance.runId &&
						other.until === undefined &&
						other.leaseUntil - LEASE_MARGIN_MS > clock.now()
					)
						broken.push(`INV-03: ${performance.place} performs while ${other.place} does`);
				}
				performances.push(performance);
				worker.performances.push(performance);
				try {
					return await perform(input, context);
				} finally {
					performance.until ??= clock.now();
				}
			};

		const answer = world.deliver(messages, {
			store,
			queue,
			clock: ownClock,
			random,
			implementations: { work: observed(misbehave), after: observed(async () => undefined) },
		});
		const ended = Promise.race([
			death,
			answer.then(async ({ keptMessageIds }) => {
				if (!worker.alive) return;
				if (faults && chance(faultRate)) return die();
				const done = messages.filter(({ messageId }) => !keptMessageIds.includes(messageId));
				await world.queue.remove(
					main,
					done.map(({ receiptHandle }) => receiptHandle),
				);
			}),
		]).then(() => {
			running.delete(ended);
		});
		running.add(ended);
	}

	/** A job that does everything it should not. */
	async function misbehave(_: unknown, context: JobContext): Promise<unknown> {
		if (chance(0.6)) await clock.sleep(random.unit() * (chance(0.2) ? 70_000 : 3_000));
		if (chance(0.1)) context.progress({ step: 1 });
		const dice = random.unit();
		if (dice < 0.4) {
			if (chance(0.5)) context.enqueue(after, { from: context.runId });
			return "done";
		}
		if (dice < 0.75) throw new JobError(chance(0.7) ? "database" : "validation", "failed");
		if (dice < 0.8) return giveUp("gave up");
		if (dice < 0.85) return skip("nothing to do");
		if (dice < 0.9) return retryAfter(random.unit() * 2_000, "not yet");
		// Hangs: until it is told to stop, or for good.
		if (dice < 0.97) await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
		else await new Promise(() => {});
		return "too late";
	}

	const bodies = Array.from({ length: 1 + Math.floor(random.unit() * 4) }, (_, n) => ({
		job: "work",
		input: { n },
		id: `r-${n}`,
	}));
	await world.send(...bodies);

	const takeSome = async (): Promise<readonly ReceivedMessage[]> => shuffled(await world.receive());
	/** A dead letter counts as delivered to its operator; SQS redrives it under a new message id. */
	async function redriveOne(): Promise<void> {
		const letter = oneOf(world.queue.messages(deadLetters));
		if (letter !== undefined) await world.queue.sendMany(main, [{ body: letter.body }]);
	}
	async function deliverTwice(): Promise<void> {
		const held = oneOf(world.queue.messages(main));
		if (held?.receiptHandle === undefined) return;
		const { messageId, receiptHandle, body, attributes, receiveCount, sentAt } = held;
		const again = { messageId, receiptHandle, body, attributes, receiveCount };
		startWorker([{ ...again, sentAt: new Date(sentAt).toISOString() }]);
	}

	for (let step = 0; step < 60; step++) {
		const dice = random.unit();
		if (dice < 0.35) {
			const taken = await takeSome();
			if (taken.length > 0) startWorker(taken);
		} else if (dice < 0.85) await clock.advance(random.unit() ** 3 * 150_000);
		else if (dice < 0.88) await world.send(oneOf(bodies) ?? {});
		else if (dice < 0.9) await world.send({ ...oneOf(bodies), input: { n: "not a number" } });
		else if (dice < 0.96) await deliverTwice();
		else await redriveOne();
	}

	faults = false;
	for (let round = 0; world.queue.messages(main).length > 0 || running.size > 0; round++) {
		if (round === 2_000) {
			broken.push("INV-01: the queue never runs empty");
			break;
		}
		const taken = await takeSome();
		if (taken.length > 0) startWorker(taken);
		await clock.advance(30_000);
	}

	for (const { id } of bodies) {
		const row = world.row(id);
		if (row === undefined || !isTerminal(row.state)) {
			broken.push(`INV-01: ${id} is ${row?.state ?? "nowhere"} and no message is left`);
			continue;
		}
		if (row.state === "FAILURE" && row.generation > 0 && row.reason === "invalid-input")
			broken.push(`INV-05: a bad message under its id ended ${id} in generation ${row.generation}`);
		const letters = world.letters().filter(({ attributes }) => attributes["millrace-run-id"] === id);
		if (
			row.state === "FAILURE" &&
			!letters.some(({ body }) => (JSON.parse(body).generation ?? 1) === row.generation + 1)
		)
			broken.push(`INV-10: ${id} failed in generation ${row.generation} and has no dead letter that can be redriven`);
		if (row.state === "SUCCESS") for (const { message } of row.followUps) followers.add(message.id);
	}
	for (const id of followers) {
		const state = world.row(id)?.state;
		if (state !== "SUCCESS" && state !== "FAILURE")
			broken.push(`INV-04: ${id}, which a run enqueued, is ${state ?? "nowhere"}`);
		if (performances.filter(({ runId }) => runId === id).length > attemptsMax + 1) broken.push(`INV-06: ${id}`);
	}
	const counts = Map.groupBy(performances, ({ place }) => place);
	for (const [place, list] of counts) {
		if (place.startsWith("r-") && list.length > attemptsMax)
			broken.push(`INV-06: ${place} was performed ${list.length} times`);
	}
	return broken;
}
