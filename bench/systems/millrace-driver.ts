// The producer of our own side: a process apart from the local stack, as a service that enqueues is. Same line protocol
// as the peers' drivers (../peers/celery/driver.py). `bulk` is how many runs one enqueueMany carries; 1: one enqueue()
// per run, IN_FLIGHT of them at a time.
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { openPlatform } from "../../shared/aws/open-platform.ts";
import { createClient } from "../../shared/client/client.ts";
import { platformAddressSchema } from "../../shared/wire/platform-address.ts";
import { isTerminal } from "../../shared/wire/run-states.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { benchCatalogue, noopTask, stampTask } from "../workload/catalogue.ts";

const IN_FLIGHT = 16;
const STATUS_CHUNK = 100;
/** How often the last run is looked at while others are performed: often enough for the figure, rarely enough for the CPU. */
const LOOK_EVERY_MS = 20;

const address = platformAddressSchema.parse(JSON.parse(process.env["MILLRACE_PLATFORM"] ?? ""));
const client = createClient({ ...openPlatform(address), catalogue: benchCatalogue });

interface Command {
	readonly command: string;
	readonly count: number;
	readonly bulk: number;
	readonly perSecond: number;
}

async function throughput({ count, bulk }: Command) {
	const startedMs = Date.now();
	const started = performance.now();
	const ids = bulk === 1 ? await enqueueSingly(count) : await enqueueInBulk(count, bulk);
	const enqueued = performance.now();
	const last = ids.at(-1) ?? "";
	while (!isTerminal((await client.status(last)).state)) await pause(LOOK_EVERY_MS);
	const lastSeen = performance.now();
	// Batches finish out of order: the figure ends with whichever run ended last.
	const views = await untilEnded(ids);
	const endedMs = Math.max(...views.map((view) => Date.parse("ended_at" in view ? view.ended_at : "")));
	const seconds = Math.max(lastSeen - started, endedMs - startedMs) / 1_000;
	const failed = views.filter(({ state }) => state !== "SUCCESS").length;
	if (failed > 0) throw new Error(`${failed} of ${count} runs did not succeed`);
	return { seconds, enqueueSeconds: (enqueued - started) / 1_000 };
}

async function enqueueInBulk(count: number, bulk: number): Promise<readonly string[]> {
	const ids: string[] = [];
	for (let at = 0; at < count; at += bulk) {
		const items = Array.from({ length: Math.min(bulk, count - at) }, (_, n) => ({ input: { n: at + n } }));
		ids.push(...(await client.enqueueMany(noopTask, items)).map(({ id }) => id));
	}
	return ids;
}

async function enqueueSingly(count: number): Promise<readonly string[]> {
	const ids: string[] = [];
	let next = 0;
	const producer = async (): Promise<void> => {
		while (next < count) {
			next += 1;
			ids.push((await client.enqueue(noopTask, { n: next })).id);
		}
	};
	await Promise.all(Array.from({ length: IN_FLIGHT }, producer));
	return ids;
}

async function untilEnded(ids: readonly string[]): Promise<readonly RunView[]> {
	const ended: RunView[] = [];
	for (let at = 0; at < ids.length; at += STATUS_CHUNK) {
		let open = ids.slice(at, at + STATUS_CHUNK);
		while (open.length > 0) {
			const views = await client.statusMany(open);
			ended.push(...views.filter(({ state }) => isTerminal(state)));
			open = views.filter(({ state }) => !isTerminal(state)).map(({ id }) => id);
			if (open.length > 0) await pause(LOOK_EVERY_MS);
		}
	}
	return ended;
}

async function latency({ count, perSecond }: Command) {
	const started = performance.now();
	const sentMs = new Map<string, number>();
	for (let index = 0; index < count; index += 1) {
		await pause(Math.max(0, started + ((index + 1) * 1_000) / perSecond - performance.now()));
		const nowMs = performance.timeOrigin + performance.now();
		sentMs.set((await client.enqueue(stampTask, {})).id, nowMs);
	}
	const views = await untilEnded([...sentMs.keys()]);
	const latenciesMs = views.map((view) => {
		const { started_ms } = stampTask.output.parse(view.state === "SUCCESS" ? view.result : undefined);
		return started_ms - (sentMs.get(view.id) ?? Number.NaN);
	});
	return { latenciesMs };
}

const commands: Readonly<Record<string, (command: Command) => Promise<object>>> = { throughput, latency };

for await (const line of createInterface({ input: process.stdin })) {
	const command: Command = JSON.parse(line);
	const perform = commands[command.command];
	if (perform === undefined) throw new Error(`the driver knows no command "${command.command}"`);
	console.log(JSON.stringify(await perform(command)));
}
