/** What an operator and the sweeper ask for, counted: each answers what one call used. */
import { main } from "../../../cli/main.ts";
import type { Counted, countedCalls } from "../../../scripts/cost/counted.ts";
import { fence, runId } from "../../../shared/kernel/ids.ts";
import { epochMs, epochSeconds } from "../../../shared/kernel/time.ts";
import { costCatalogue } from "./catalogue.ts";
import { type CostWorld, contextUntil } from "./cost-world.ts";
import { jump } from "./passing-clock.ts";

const minuteMs = 60_000;

async function millrace(world: CostWorld, ...args: string[]): Promise<void> {
	const printed: string[] = [];
	const code = await main(args, {
		io: {
			out: (line) => void printed.push(line),
			err: (line) => void printed.push(line),
			overwrite: () => {},
			readStdin: async () => "",
			ask: async () => "",
			interactive: false,
			columns: 80,
			interrupted: new AbortController().signal,
		},
		loadCatalogue: async () => costCatalogue,
		connect: async () => ({ kind: "aws", stack: "Cost", description: "the emulators", platform: world.platform }),
		startApp: async () => {},
		folder: "/",
		env: {},
	});
	if (code !== 0) throw new Error(`millrace ${args.join(" ")}: ${printed.join("\n")}`);
}

const command =
	(...args: string[]) =>
	async (world: CostWorld): Promise<Counted> => {
		world.perform = async () => {
			throw new Error("never");
		};
		await world.enqueue("failing_task", 10, 10);
		await world.drain("plain", 10);
		return world.count(1, () => millrace(world, ...args));
	};

async function sweepOnce(world: CostWorld): Promise<Counted> {
	const event = { address: world.platform.address, jobs: { plain_task: "plain" } };
	// It reads its environment when it is loaded, which the workers have set.
	const { handler } = await import("../../../lambdas/sweeper/sweeper.ts");
	const counted = await world.count(1, () => handler(event, contextUntil(Date.now() + 15 * minuteMs)));
	return { ...counted, invocations: 1 };
}

async function endedRuns(world: CostWorld, count: number): Promise<void> {
	const { store } = world.uncounted;
	const now = epochMs(Date.now());
	const expiresAt = epochSeconds(Math.ceil(now / 1_000) + 86_400);
	const ids = Array.from({ length: count }, (_, nth) => `ended-${nth}`);
	await store.claimMany(
		ids.map((id, nth) => ({
			record: {
				id: runId(id),
				job: "plain_task",
				generation: 1,
				attempts: 1,
				carrier: id,
				retriesMax: 3,
				createdAt: now,
				startedAt: epochMs(now + nth),
				expiresAt,
				state: "STARTED",
				fence: fence(id),
				leaseUntil: epochMs(now + minuteMs),
			},
			expect: { kind: "absent" },
		})),
	);
	await store.settleMany(
		ids.map((id) => ({
			id: runId(id),
			fence: fence(id),
			settlement: { state: "SUCCESS", endedAt: now, result: { kind: "inline", json: "{}" }, followUps: [] },
			expiresAt,
		})),
	);
}

export const calls: Readonly<Record<keyof typeof countedCalls, (world: CostWorld) => Promise<Counted>>> = {
	async sweepIdle(world) {
		await sweepOnce(world);
		jump(30 * minuteMs);
		return sweepOnce(world);
	},
	async sweepThousand(world) {
		await sweepOnce(world);
		await endedRuns(world, 1_000);
		jump(80 * minuteMs);
		return sweepOnce(world);
	},
	queues: command("queues"),
	limits: command("limits"),
	limitsSet: command("limits", "set", "limited_task", "200/s"),
	statusOfRun: command("status", "some-run"),
	runs: command("runs"),
	letters: command("dlq", "list", "plain"),
};
