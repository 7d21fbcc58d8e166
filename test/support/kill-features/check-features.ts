/** Holds the promises of every feature against the journal. Knows nothing of the engine. One sentence for each breach. */
import { largestExcess } from "../rate-excess.ts";
import { CHILD_DELAY_SECONDS, CHILDREN, GROUP_CAP, KEYED_MAX, RATE } from "./catalogue.ts";
import { type FeatureLine, type FeaturePerformance, featurePerformances, mostAtOnce } from "./journal.ts";

/** How a run ended, as the platform says. */
export interface EndedFeatureRun {
	readonly id: string;
	readonly job: string;
	readonly state: string;
	readonly reason?: string;
	/** Of a parent: its children's ids. */
	readonly children?: readonly string[];
}

/** What the checks looked at, so that a run in which nothing happened is no proof. */
export interface FeatureFindings {
	readonly violations: readonly string[];
	readonly performances: number;
	readonly interrupted: number;
	readonly mostOfGroup: number;
	readonly mostOfKey: number;
	/** Starts above what the rate allows in the worst stretch; at most 0. */
	readonly rateExcess: number;
	/** Effects whose value was given to more than one performance. */
	readonly effectsGivenAgain: number;
	/** Legs after the first. */
	readonly laterLegs: number;
	/** Runs that were given an earlier result, were debounced, or took several attempts. */
	readonly cached: number;
	readonly debounced: number;
	readonly attemptsAgain: number;
	readonly children: number;
}

export function checkFeatures(
	runs: readonly EndedFeatureRun[],
	lines: readonly FeatureLine[],
	goneAtMs: ReadonlyMap<number, number>,
): FeatureFindings {
	const performances = featurePerformances(lines, goneAtMs);
	const byRun = Map.groupBy(performances, ({ run }) => run);
	const of = (job: string): readonly FeaturePerformance[] => performances.filter((one) => one.job === job);
	const violations: string[] = [];
	const breach = (sentence: string, which: readonly string[]): void => {
		if (which.length > 0) violations.push(`${which.length} ${sentence}: ${which.slice(0, 5).join(", ")}`);
	};

	const isDebounced = ({ job, state, reason }: EndedFeatureRun): boolean =>
		job === "debounced_task" && state === "SKIPPED" && reason?.startsWith("debounced_by: ") === true;
	const wasDone = (run: string): boolean => byRun.get(run)?.some(({ done }) => done) === true;
	const mayPerformNothing = (run: EndedFeatureRun): boolean => run.job === "cached_task" || isDebounced(run);
	const ids = (which: readonly EndedFeatureRun[]): readonly string[] => which.map(({ id, state }) => `${id} ${state}`);
	breach("runs did not succeed", ids(runs.filter((run) => run.state !== "SUCCESS" && !isDebounced(run))));
	breach(
		"runs were never performed to the end",
		ids(runs.filter((run) => !mayPerformNothing(run) && !wasDone(run.id))),
	);
	breach("debounced runs performed", ids(runs.filter((run) => isDebounced(run) && byRun.has(run.id))));
	breach(
		"runs performed twice at once",
		[...byRun].filter(([, each]) => mostAtOnce(each) > 1).map(([run]) => run),
	);

	const mostOfGroup = mostAtOnce(performances);
	if (mostOfGroup > GROUP_CAP)
		violations.push(`${mostOfGroup} runs of the group performed at once, its cap is ${GROUP_CAP}`);
	const mostByKey = (job: string): number =>
		Math.max(0, ...[...Map.groupBy(of(job), ({ key }) => key).values()].map(mostAtOnce));
	const mostOfKey = mostByKey("keyed_task");
	if (mostOfKey > KEYED_MAX)
		violations.push(`${mostOfKey} runs of one key performed at once, its limit is ${KEYED_MAX}`);
	const mostSingles = mostByKey("single_task");
	if (mostSingles > 1) violations.push(`${mostSingles} runs of one key performed at once, it is a singleton`);
	const rateExcess = largestExcess(
		of("paced_task").map(({ beganMs }) => beganMs),
		RATE,
	);
	if (rateExcess > 0) violations.push(`${rateExcess.toFixed(2)} starts more than the rate allows`);

	const effects = Map.groupBy(
		lines.filter(({ event }) => event === "once"),
		({ run, key }) => `${run} ${key}`,
	);
	breach(
		"effects gave two values",
		[...effects].filter(([, each]) => new Set(each.map(({ value }) => value)).size > 1).map(([name]) => name),
	);

	const place = ({ run, attempt, leg, pid }: FeatureLine | FeaturePerformance): string =>
		`${run} ${attempt} ${leg} ${pid}`;
	const announced = new Set(lines.filter(({ event }) => event === "before").map(place));
	breach(
		"performances without their hook",
		performances.filter((one) => !announced.has(place(one))).map(({ run }) => run),
	);

	const parents = runs.filter(({ job }) => job === "parent_task");
	const children = new Set(parents.flatMap((run) => run.children ?? []));
	breach("parents without their children", ids(parents.filter((run) => new Set(run.children).size !== CHILDREN)));
	breach(
		"children of nobody",
		[...new Set(of("child_task").map(({ run }) => run))].filter((run) => !children.has(run)),
	);
	breach(
		"children that came too soon",
		parents.flatMap((run) => (cameTooSoon(run, byRun) ? [run.id] : [])),
	);
	// Its first attempt may have been killed between its claim and its first line: then it has one performance, of the second.
	const later = (run: string): boolean => byRun.get(run)?.some(({ done, attempt }) => done && attempt > 1) === true;
	breach(
		"flaky runs that did not take a second attempt",
		runs.filter(({ id, job }) => job === "flaky_task" && !later(id)).map(({ id }) => id),
	);

	return {
		violations,
		performances: performances.length,
		interrupted: performances.filter(({ killed }) => killed).length,
		mostOfGroup,
		mostOfKey,
		rateExcess,
		effectsGivenAgain: [...effects.values()].filter((each) => each.length > 1).length,
		laterLegs: performances.filter(({ leg }) => leg > 1).length,
		cached: runs.filter((run) => run.job === "cached_task" && !wasDone(run.id)).length,
		debounced: runs.filter(isDebounced).length,
		attemptsAgain: [...byRun.values()].filter((each) => each.some(({ attempt }) => attempt > 1)).length,
		children: children.size,
	};
}

/** A child waits its delay from the settle, which is after the last line of some performance of its parent. */
function cameTooSoon(parent: EndedFeatureRun, byRun: ReadonlyMap<string, readonly FeaturePerformance[]>): boolean {
	const doneMs = (byRun.get(parent.id) ?? []).flatMap(({ done, endedMs }) =>
		done && endedMs !== undefined ? [endedMs] : [],
	);
	const earliestMs = Math.min(...doneMs) + CHILD_DELAY_SECONDS * 1_000;
	return (parent.children ?? []).some((child) => byRun.get(child)?.some(({ beganMs }) => beganMs < earliestMs));
}
