// A hundred SIGKILLs of workers over a thousand runs: what is lost, what is performed twice at once, what is settled
// twice, and what is performed again. The same plan, workload and journal for every system; ours is judged by the stream
// of its table besides (test/support/kill-run.ts). Counts, not times, so one run of each is what is reported.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runKills } from "../../test/support/kill-run.ts";
import { type BenchContext, type Benchmark, type Measure, measure, type Verdict } from "../document.ts";
import { bullmqPeer, celeryPeer, type PeerSetup } from "../kill/killable-peers.ts";
import { type KillSize, killPeer, type PeerKillReport } from "../kill/peer-kill.ts";
import { summarize } from "../measure/statistics.ts";
import { ensureCelery } from "../setup/celery.ts";
import { CACHE_FOLDER } from "../setup/paths.ts";
import { ensurePeerPackages } from "../setup/peer-packages.ts";
import { findRedis } from "../setup/redis.ts";

const SIZE: KillSize = { runs: 1_000, kills: 100, seed: 20_261_120, workMs: 40 };
const OURS = "Millrace";

async function run(context: BenchContext) {
	const folder = join(CACHE_FOLDER, "kill");
	const ours = await runKills({ ...SIZE, folder, onProgress: (message) => context.progress(`${OURS}: ${message}`) });
	const measures: Measure[] = [
		...countsOf(OURS, ours),
		count(OURS, "runs that ended SUCCESS", ours.states["SUCCESS"] ?? 0),
		count(OURS, "runs settled twice", ours.settledTwice.length),
		measure(OURS, "last kill to nothing left", "s", summarize([ours.recoverySeconds])),
	];
	const { peers, missing, versions } = await findPeers();
	for (const peer of peers) measures.push(...countsOf(peer.name, await killOne(peer, context)));
	return {
		measures,
		verdicts: [
			none("runs that did not end SUCCESS", SIZE.runs - (ours.states["SUCCESS"] ?? 0)),
			none("runs lost", ours.neverCompleted.length),
			none("runs performed twice at once", ours.overlapping.length),
			none("runs settled twice", ours.settledTwice.length),
			none("violations of any kind", ours.violations.length),
		],
		versions,
		missing,
		notes: [
			`${SIZE.runs} runs of ${SIZE.workMs} ms, ${ours.kills} kills in the middle of work, seed ${SIZE.seed}`,
			`${OURS}: 2 worker processes with batches of 10, so a kill interrupts up to 10 runs; function timeout 4 s, visibility 20 s`,
			`${OURS}: settles witnessed by ${ours.witness === "stream" ? "the DynamoDB stream of the runs table" : "repeated looks at every run"}`,
			...peers.map(({ name, setup }) => `${name}: ${setup}; a kill takes the whole worker`),
			"performed again and completed again are what at-least-once means: the work was under way, or done and not yet settled, when its process died",
			...ours.violations.map((violation) => `VIOLATION: ${violation}`),
		],
	};
}

async function killOne(setup: PeerSetup, context: BenchContext): Promise<PeerKillReport> {
	const folder = join(CACHE_FOLDER, "kill");
	await mkdir(folder, { recursive: true });
	const journalPath = join(folder, "journal.ndjson");
	await writeFile(journalPath, "");
	const { peer, stop } = await setup.start(journalPath);
	try {
		return await killPeer(peer, journalPath, SIZE, context.progress);
	} finally {
		await stop();
		await rm(folder, { recursive: true, force: true });
	}
}

function countsOf(subject: string, report: PeerKillReport): Measure[] {
	return [
		count(subject, "runs lost: never performed to the end", report.neverCompleted.length),
		count(subject, "runs performed twice at once", report.overlapping.length),
		measure(subject, "performances interrupted by a kill", "in all", summarize([report.interrupted])),
		count(subject, "runs performed again", report.performedAgain),
		count(subject, "runs completed again", report.completedAgain),
		measure(subject, "whole run", "s", summarize([report.seconds])),
	];
}

const count = (subject: string, what: string, value: number): Measure =>
	measure(subject, what, `of ${SIZE.runs}`, summarize([value]));

const none = (what: string, value: number): Verdict => ({ what, value, limit: "0", holds: value === 0 });

interface Peers {
	readonly peers: readonly PeerSetup[];
	readonly missing: readonly string[];
	readonly versions: Readonly<Record<string, string>>;
}

async function findPeers(): Promise<Peers> {
	const redis = await findRedis();
	if (!redis.available) return { peers: [], missing: [redis.missing], versions: {} };
	const celery = await ensureCelery();
	const packages = await ensurePeerPackages();
	const peers: PeerSetup[] = [];
	if (packages.available) peers.push(bullmqPeer(redis.found));
	if (celery.available) {
		peers.push(celeryPeer(celery.found, redis.found, "early"), celeryPeer(celery.found, redis.found, "late"));
	}
	return {
		peers,
		missing: [...(celery.available ? [] : [celery.missing]), ...(packages.available ? [] : [packages.missing])],
		versions: {
			...redis.versions,
			...(celery.available ? celery.versions : {}),
			...(packages.available ? { bullmq: packages.found["bullmq"] ?? "" } : {}),
		},
	};
}

export const kill: Benchmark = {
	name: "kill",
	title: "a hundred SIGKILLs of workers over a thousand runs",
	run,
};
