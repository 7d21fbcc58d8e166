/**
 * The sweeper: finds runs that no message carries any more, and successes whose follow-ups never began. It scans nothing: it looks at each
 * run once when that is an hour old, and again only at those that had not ended (INV-01).
 *
 * What it does about a run, it does when two sweeps have seen the same row overdue while the class's queue was empty. It writes under the
 * condition that the row is still that one, sends under computed ids, and remembers what it wants to look at before it forgets where it
 * found it; so it may die anywhere, and two at once do what one does.
 */
import { invariant } from "../../kernel/errors.ts";
import { SWEEP_AGE_MS, UNENDED_RETENTION_SECONDS } from "../../kernel/limits.ts";
import { type EpochMs, epochMs, plusMs, plusSeconds } from "../../kernel/time.ts";
import type { WatchedRun } from "../../ports/sweep-store.ts";
import { examinePage } from "./examine-page.ts";
import {
	type Finding,
	type FindingAction,
	findingActions,
	type SweepOptions,
	type SweepParts,
	type SweepReport,
} from "./sweep-parts.ts";

/** Runs of a page: 20 BatchGetItem, a few of them side by side, and 250 lines of each of the listing's eight shards. */
const PAGE_RUNS = 2_000;
const RUNS_MAX = 500_000;
const FINDINGS_TOLD_MAX = 100;
/** About a minute: what is empty for a quarter of it is found in one sweep, what is so for a few seconds in one of several. */
const LOOKS_MAX = 5;
/** At random, since ticks come at the same seconds of each minute. */
const LOOK_AGAIN_MS_MIN = 7_000;
const LOOK_AGAIN_MS_MAX = 19_000;

/** @throws MillraceError `store-failed`, `queue-failed`, `mapping-failed`, `schedule-failed`, `send-failed`, `blob-failed`: the next sweep goes on from there. */
export async function sweep(parts: SweepParts, options: SweepOptions = {}): Promise<SweepReport> {
	const { sweeps, clock, random } = parts;
	const { dryRun = false, runsMax = RUNS_MAX, endsAt = epochMs(Number.POSITIVE_INFINITY), patienceMs = 0 } = options;
	const startedAt = clock.now();
	const counts = Object.fromEntries(findingActions.map((action) => [action, 0])) as Record<FindingAction, number>;
	const findings: Finding[] = [];
	let looked = 0;

	const pageRuns = (): number => Math.min(PAGE_RUNS, runsMax - looked);
	const mayGoOn = (runs: number): boolean => looked < runs && clock.now() < endsAt;
	async function examine(runs: readonly WatchedRun[], watched: boolean): Promise<void> {
		looked += runs.length;
		for (const finding of await examinePatiently(runs, watched)) {
			counts[finding.action]++;
			if (findings.length < FINDINGS_TOLD_MAX) findings.push(finding);
		}
	}

	/**
	 * A queue in which schedules tick within the minute holds a message, but for some seconds of each minute. Whoever asks every 30 minutes, at the same
	 * second, may never see it empty: so runs that only a few messages may carry are looked at anew, rows and all.
	 */
	async function examinePatiently(runs: readonly WatchedRun[], watched: boolean): Promise<readonly Finding[]> {
		let { findings: found, heldBriefly: held } = await examinePage(parts, runs, { dryRun, watched });
		for (let look = 1; look < LOOKS_MAX && held.length > 0 && mayWait(); look++) {
			await clock.sleep(Math.round(LOOK_AGAIN_MS_MIN + random.unit() * (LOOK_AGAIN_MS_MAX - LOOK_AGAIN_MS_MIN)));
			const ids = new Set<string>(held.map(({ id }) => id));
			const again = await examinePage(parts, held, { dryRun, watched: true });
			found = [...found.filter(({ runId }) => !ids.has(runId)), ...again.findings];
			held = again.heldBriefly;
		}
		return found;
	}
	const mayWait = (): boolean => clock.now() + LOOK_AGAIN_MS_MAX <= Math.min(startedAt + patienceMs, endsAt);

	/** Those that earlier sweeps wanted to look at again: half of what one may look at, so that new ones have their turn. */
	async function lookAgain(): Promise<boolean> {
		let after: string | undefined;
		do {
			if (!mayGoOn(runsMax / 2)) return false;
			const at = after === undefined ? {} : { after };
			const page = await sweeps.due({ until: startedAt, limit: pageRuns(), ...at });
			await examine(page.runs, true);
			after = page.next;
		} while (after !== undefined);
		return true;
	}

	/** @returns up to where all have been looked at once. */
	async function lookAtNew(until: EpochMs): Promise<{ readonly complete: boolean; readonly place: string }> {
		let place = (await sweeps.place()) ?? sweeps.placeAt(firstPlace(startedAt));
		for (let more = place < sweeps.placeAt(until); more; ) {
			if (!mayGoOn(runsMax)) return { complete: false, place };
			const page = await sweeps.started({ after: place, until, limit: pageRuns() });
			invariant(page.place > place || !page.more, "the listing goes on");
			await examine(
				page.ids.map((id) => ({ id })),
				false,
			);
			({ place, more } = page);
			if (!dryRun) await sweeps.moveTo(place);
		}
		return { complete: true, place };
	}

	const allAgain = await lookAgain();
	const until = plusMs(startedAt, -SWEEP_AGE_MS);
	const { complete, place } = await lookAtNew(until);
	return {
		dryRun,
		looked,
		counts,
		findings,
		complete: allAgain && complete,
		behindSeconds: Math.max(0, Math.round((until - sweeps.instantOf(place)) / 1000)),
	};
}

/** Where the first sweep of a platform begins: older rows are forgotten. */
const firstPlace = (now: EpochMs): EpochMs => plusSeconds(now, -(UNENDED_RETENTION_SECONDS + 3_600));
