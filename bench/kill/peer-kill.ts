// The kill run against a peer: the same plan and the same journal as Millrace's own (test/support/kill-run), with the
// peer's worker killed whole and started again.
import { setTimeout as pause } from "node:timers/promises";
import { checkPerformances, type PerformanceFindings } from "../../test/support/kill-run/check-performances.ts";
import { performancesOf, tailJournal } from "../../test/support/kill-run/journal.ts";
import { killWorkers } from "../../test/support/kill-run/kill-workers.ts";
import { createSeededRandom } from "../../test/support/seeded-random.ts";
import type { Child } from "../setup/children.ts";
import { ask } from "../systems/driver-protocol.ts";

export interface KillablePeer {
	readonly name: string;
	readonly driver: Child;
	readonly startWorker: () => Promise<Child>;
	/** How long after the last kill the peer is given to perform what is left. */
	readonly recoveryMs: number;
}

export interface KillSize {
	readonly runs: number;
	readonly kills: number;
	readonly seed: number;
	readonly workMs: number;
}

export interface PeerKillReport extends PerformanceFindings {
	readonly seconds: number;
}

/** Kills, waits until every run has completed once or the recovery time is over, and judges by the journal alone. */
export async function killPeer(
	peer: KillablePeer,
	journalPath: string,
	size: KillSize,
	progress: (message: string) => void,
): Promise<PeerKillReport> {
	const started = performance.now();
	const runs = Array.from({ length: size.runs }, (_, index) => `run-${index}`);
	let worker = await peer.startWorker();
	const journal = tailJournal(journalPath);
	try {
		const goneAtMs = await killWorkers(
			{
				enqueue: async (slice) => {
					await ask(peer.driver, { command: "enqueueWork", runs: slice, milliseconds: size.workMs });
				},
				kill: async () => {
					// The whole group: a Celery pool process must not outlive its parent and finish as an orphan.
					worker.kill();
					await worker.exited;
					return "all";
				},
				restart: async () => {
					worker = await peer.startWorker();
				},
			},
			journalPath,
			{
				runs,
				kills: size.kills,
				random: createSeededRandom(size.seed).unit,
				pauseMsMax: size.workMs * 1.5,
				onKill: (count) => {
					if (count % 20 === 0) progress(`${peer.name}: ${count} of ${size.kills} kills`);
				},
			},
		);
		const until = Date.now() + peer.recoveryMs;
		let lines = await journal.read();
		const completed = new Set<string>();
		while (completed.size < runs.length && Date.now() < until) {
			for (const line of lines) if (line.event === "end") completed.add(line.run);
			await pause(100);
			lines = await journal.read();
		}
		const findings = checkPerformances(runs, performancesOf(await readAll(journalPath)), goneAtMs);
		return { ...findings, seconds: (performance.now() - started) / 1000 };
	} finally {
		await journal.close();
		await worker.stop();
	}
}

async function readAll(path: string) {
	const journal = tailJournal(path);
	try {
		return await journal.read();
	} finally {
		await journal.close();
	}
}
