/**
 * Kills local worker processes while they perform runs that use every feature at once: rates, slots, group caps, legs, effects, retries,
 * delays, follow-ups, claim checks, routes, priorities, hooks, cached results, runs done together, debouncing. Judged by the journal that jobs
 * and hooks wrote, by the killer, and by the stream of the runs table.
 */
import { readFile } from "node:fs/promises";
import { createClient } from "../../shared/client/client.ts";
import type { RunView } from "../../shared/wire/run-view.ts";
import { type Feature, featureJobs, featuresCatalogue, LARGE_CHARACTERS } from "./kill-features/catalogue.ts";
import { checkFeatures, type EndedFeatureRun, type FeatureFindings } from "./kill-features/check-features.ts";
import type { FeatureLine } from "./kill-features/journal.ts";
import { killWorkers } from "./kill-run/kill-workers.ts";
import { type KillableStack, withKillableStack } from "./kill-run/killable-stack.ts";
import { checkWrites } from "./kill-run/watch-writes.ts";
import { createSeededRandom } from "./seeded-random.ts";

export interface KillFeaturesOptions {
	/** Plans the order of runs, their work, the moments and the victims. */
	readonly seed: number;
	/** As many of each kind, one after another; children come on top. */
	readonly runs: number;
	readonly kills: number;
	/** A scratch folder, emptied before and removed after; another for each call in one process. */
	readonly folder: string;
	/** All must be over this long after the last kill. Default 300,000. */
	readonly recoveryMsMax?: number;
	readonly onProgress?: (message: string) => void;
}

export interface KillFeaturesReport extends FeatureFindings {
	/** Children included. */
	readonly runs: number;
	readonly kills: number;
	readonly states: Readonly<Record<string, number>>;
	readonly settledTwice: number;
	readonly witness: "stream" | "none";
	readonly seconds: number;
	readonly recoverySeconds: number;
}

const kinds = [
	"paced",
	"keyed",
	"single",
	"staged",
	"flaky",
	"parent",
	"large",
	"cached",
	"gathered",
	"debounced",
] as const;
type Kind = (typeof kinds)[number] & Feature;
const KEYS = 3;
const WORK_MS_MAX = 60;
/** Three seconds of a leg: a run that waits for its turn begins only where a second is left of it. */
export const TIMEOUT_SECONDS = 6;
const CLASSES = ["urgent", "steady", "bulk"] as const;

/** @throws Error when the system stands still. What is judged is in the report. */
export async function runFeatureKills(options: KillFeaturesOptions): Promise<KillFeaturesReport> {
	const { folder, onProgress = () => {} } = options;
	const startedMs = performance.now();
	const entry = new URL("./kill-features/worker.ts", import.meta.url);
	const report = await withKillableStack(
		{ catalogue: featuresCatalogue, entry, timeoutSeconds: TIMEOUT_SECONDS, folder, onProgress },
		(killable) => killAndJudge(options, killable),
	);
	return { ...report, seconds: (performance.now() - startedMs) / 1_000 };
}

async function killAndJudge(
	options: KillFeaturesOptions,
	{ platform, journalPath, watch, kill, settle }: KillableStack,
): Promise<Omit<KillFeaturesReport, "seconds">> {
	const { seed, kills, recoveryMsMax = 300_000, onProgress = () => {} } = options;
	const client = createClient({ ...platform, catalogue: featuresCatalogue });
	const random = createSeededRandom(seed).unit;
	const ids = Array.from({ length: options.runs }, (_, nth) => `${kinds[nth % kinds.length]}-${seed}-${nth}`);

	async function enqueue(slice: readonly string[]): Promise<void> {
		await Promise.all(
			slice.map(async (id) => {
				const kind = kindOf(id);
				const key = `key-${Math.floor(random() * KEYS)}`;
				const work = { key, work_ms: Math.floor(random() * WORK_MS_MAX) };
				const text = kind === "large" ? { text: textOf(id) } : {};
				await client.enqueue(featureJobs[kind].name, { ...work, ...text }, { id, ...chosenWay(random()) });
			}),
		);
	}

	const goneAtMs = await killWorkers({ enqueue, kill }, journalPath, {
		runs: ids,
		kills,
		random,
		pauseMsMax: WORK_MS_MAX * 1.5,
		onKill: (done) => {
			if (done % 10 === 0) onProgress(`${done} of ${kills} kills`);
		},
	});
	const lastKillMs = performance.now();
	onProgress("waiting until nothing is left to do");
	await settle(recoveryMsMax);
	const recoverySeconds = (performance.now() - lastKillMs) / 1_000;

	const parents = (await client.statusMany(ids)).map((view, nth) => toEnded(view, ids[nth] ?? ""));
	const childIds = parents.flatMap(({ children = [] }) => children);
	const children = (await client.statusMany(childIds)).map((view) => toEnded(view, view.id));
	const runs = [...parents, ...children];
	const lines = (await readFile(journalPath, "utf8")).trim().split("\n");
	const found = checkFeatures(
		runs,
		lines.map((line): FeatureLine => JSON.parse(line)),
		goneAtMs,
	);
	const writes =
		watch === undefined ? undefined : checkWrites(await watch.read(), (run) => /^(cached|debounced)-/.test(run));
	const wrong = await wrongLargeResults(ids.filter((id) => kindOf(id) === "large" && isSuccess(parents, id)));
	const letters = await Promise.all(
		CLASSES.map(async (queueClass) => (await platform.operator.depth({ queueClass, queue: "dead-letter" })).visible),
	);
	const dead = letters.reduce((sum, count) => sum + count, 0);

	async function wrongLargeResults(large: readonly string[]): Promise<readonly string[]> {
		const results = await Promise.all(
			large.map(async (id) => ({ id, result: await client.result(featureJobs.large, id) })),
		);
		return results
			.filter(({ id, result }) => result.text !== textOf(id).slice(0, LARGE_CHARACTERS))
			.map(({ id }) => id);
	}

	const some = (which: readonly string[]): string => `${which.length} (${which.slice(0, 5).join(", ")})`;
	const checks: readonly (readonly [broken: boolean, sentence: string])[] = [
		[(writes?.settledTwice.length ?? 0) > 0, `runs settled twice: ${some(writes?.settledTwice ?? [])}`],
		[
			(writes?.settledOnAnotherFence.length ?? 0) > 0,
			`runs settled under a fence that did not hold them: ${some(writes?.settledOnAnotherFence ?? [])}`,
		],
		[wrong.length > 0, `large results that are not what was returned: ${some(wrong)}`],
		[dead > 0, `${dead} messages in the dead-letter queues`],
	];
	return {
		...found,
		violations: [...found.violations, ...checks.filter(([broken]) => broken).map(([, sentence]) => sentence)],
		runs: runs.length,
		kills: goneAtMs.size,
		states: Object.fromEntries([...Map.groupBy(runs, ({ state }) => state)].map(([state, of]) => [state, of.length])),
		settledTwice: writes?.settledTwice.length ?? 0,
		witness: writes === undefined ? "none" : "stream",
		recoverySeconds,
	};
}

function kindOf(id: string): Kind {
	const kind = kinds.find((candidate) => id.startsWith(`${candidate}-`));
	if (kind === undefined) throw new Error(`${id} names no kind of run`);
	return kind;
}

/** Above what a message holds, so that it goes by claim check; and another for each run. */
const textOf = (id: string): string => id.padEnd(110_000, id);

/** Some are urgent, some come from a crowd whose runs go elsewhere, some begin a second later. */
function chosenWay(unit: number): { priority?: number; tenant?: string; delaySeconds?: number } {
	if (unit < 0.2) return { priority: 9 };
	if (unit < 0.4) return { tenant: "crowd" };
	return unit < 0.5 ? { delaySeconds: 1 } : {};
}

const isSuccess = (runs: readonly EndedFeatureRun[], id: string): boolean =>
	runs.some((run) => run.id === id && run.state === "SUCCESS");

function toEnded(view: RunView, id: string): EndedFeatureRun {
	const { state } = view;
	if (view.state === "PENDING") return { id, job: "", state };
	const reason = "meta" in view && "reason" in view.meta ? { reason: String(view.meta.reason) } : {};
	if (view.state !== "SUCCESS" || view.job !== "parent_task") return { id, job: view.job, state, ...reason };
	const result = featureJobs.parent.output.safeParse(view.result);
	return { id, job: view.job, state, children: result.success ? result.data.children : [] };
}
