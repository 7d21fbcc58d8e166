// The line protocol of the peers' drivers: one JSON command in, one JSON answer out (bench/peers/celery/driver.py and
// bench/peers/bullmq/driver.mjs).
import type { Child } from "../setup/children.ts";
import type { Throughput } from "./job-system.ts";

interface DriverAnswer {
	readonly seconds?: number;
	readonly enqueueSeconds?: number;
	readonly latenciesMs?: readonly number[];
	readonly states?: Readonly<Record<string, number>>;
}

export async function ask(driver: Child, command: Readonly<Record<string, unknown>>): Promise<DriverAnswer> {
	driver.send(JSON.stringify(command));
	const answer: DriverAnswer = JSON.parse(await driver.nextLine());
	return answer;
}

export async function askThroughput(driver: Child, count: number, bulk: number): Promise<Throughput> {
	const { seconds = 0, enqueueSeconds = 0 } = await ask(driver, { command: "throughput", count, bulk });
	return { jobsPerSecond: count / seconds, enqueuedPerSecond: count / enqueueSeconds };
}

export async function askLatency(driver: Child, count: number, perSecond: number): Promise<readonly number[]> {
	const { latenciesMs = [] } = await ask(driver, { command: "latency", count, perSecond });
	return latenciesMs;
}
