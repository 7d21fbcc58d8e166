/** The polling of docs/guides/schedules.md, through the whole engine. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineWorkerGroup, type JobDefinition, type JobImplementation } from "../../../shared/job/index.ts";
import { pollRepository } from "../../fixtures/guides/poll-repository.ts";
import { pollRepositoryTask } from "../../fixtures/guides/poll-repository-task.ts";
import { engineWorld, main } from "../../support/engine-world.ts";

const start = { job: "poll_repository", input: { repository_id: 7 } };
const withoutDebounce: JobDefinition = { ...pollRepository, debounce: undefined };

function pollingWorld(job: JobDefinition = pollRepository) {
	const looks: number[] = [];
	let changed = false;
	const task = pollRepositoryTask(async () => {
		looks.push(world.clock.now());
		const found = changed;
		changed = false;
		return found;
	});
	const catalogue = defineCatalogue({
		workerGroups: [defineWorkerGroup({ name: "workers", queueClasses: [job.queueClass] })],
		jobs: [job],
	});
	const implementations = { poll_repository: task as unknown as JobImplementation<JobDefinition> };
	const world = engineWorld(async () => {}, { worker: { catalogue, implementations } });
	const begin = world.clock.now();

	/** Handles what is visible until then; each message comes `times` times. */
	async function until(seconds: number, times = 1): Promise<void> {
		const end = begin + seconds * 1_000;
		for (;;) {
			const next = Math.min(...world.queue.messages(main).map(({ visibleAt }) => visibleAt));
			if (next > end) break;
			if (next > world.clock.now()) await world.clock.advance(next - world.clock.now());
			const received = await world.receive();
			for (let time = 0; time < times; time++) await world.deliver(received);
			const done = received.map(({ receiptHandle }) => receiptHandle);
			await world.queue.remove(main, done);
		}
		await world.clock.advance(end - world.clock.now());
	}
	/** Seconds from one look to the next. */
	const gaps = (from = 0) =>
		looks.slice(from + 1).map((at, index) => Math.round((at - (looks[from + index] ?? 0)) / 1_000));
	return {
		world,
		looks,
		until,
		gaps,
		change: () => {
			changed = true;
		},
	};
}

it.each([1, 2])(
	"goes from 30 s to 300 s, and back after a change, where each message comes %i times",
	async (times) => {
		const { world, looks, until, gaps, change } = pollingWorld();
		await world.send(start);
		await until(1_000, times);
		change();
		await until(1_300, times);
		expect(gaps()).toEqual([30, 60, 120, 240, 300, 300, 30, 60, 120]);
		expect(looks).toHaveLength(10);
	},
);

it("started again, in the middle of a wait, is one chain", async () => {
	const { world, looks, until, gaps } = pollingWorld();
	await world.send(start);
	await until(1_000);
	await world.send(start);
	await until(2_500);
	const again = looks.findIndex((at) => at >= world.clock.now() - 1_500_000);
	expect(gaps(again)).toEqual([30, 60, 120, 240, 300, 300, 300]);
	const states = [...world.store.rows.values()].map(({ state }) => state);
	expect(states.filter((state) => state === "SKIPPED")).toHaveLength(1);
});

it("started twice at once, is one chain", async () => {
	const { world, until, gaps } = pollingWorld();
	await world.send(start, start);
	await until(500);
	expect(gaps()).toEqual([30, 60, 120, 240]);
});

it("started again while a look is under way, is two chains until the next change", async () => {
	const { world, looks, until, gaps, change } = pollingWorld();
	await world.send(start);
	await until(10);
	await world.send(start);
	await until(1_000);
	expect(gaps().slice(-4)).not.toEqual([300, 300, 300, 300]);
	change();
	await until(3_000);
	expect(gaps(looks.length - 4)).toEqual([300, 300, 300]);
});

it("would be two chains for good without its debounce", async () => {
	const { world, until, looks } = pollingWorld(withoutDebounce);
	await world.send(start, start);
	await until(500);
	expect(looks.length).toBeGreaterThan(6);
});

it("is what the guide says", async () => {
	const guide = await readFile(join(import.meta.dirname, "../../../docs/guides/schedules.md"), "utf8");
	for (const name of ["poll-repository.ts", "poll-repository-task.ts"]) {
		const file = await readFile(join(import.meta.dirname, "../../fixtures/guides", name), "utf8");
		const code = file.slice(file.indexOf("export const")).trim();
		expect(guide).toContain(code);
	}
});
