/** INV-02: of one attempt at most one settles; a generation records one end, which never changes, and it is that of the attempt that settled. */
import { isDeepStrictEqual } from "node:util";
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Performance } from "../history.ts";
import { isGiven } from "./cache-fresh.ts";
import type { CheckerKind } from "./checker.ts";

const ended = (row: RunRecord): boolean => ["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"].includes(row.state);
/** All that may change is who carries it: nobody, once another message has sent what it owed, or one that was refused. */
const isTheSameEnd = (before: RunRecord, after: RunRecord): boolean =>
	"settledBy" in after && isDeepStrictEqual({ ...before, carrier: after.carrier, settledBy: after.settledBy }, after);
const placeOf = ({ id, generation, attempts, state }: RunRecord): string =>
	`${id} ${state} (generation ${generation}, attempt ${attempts})`;

export const oneEnd: CheckerKind = {
	promise: "INV-02",
	create(world, broken) {
		const performances = new Map<string, Performance>();
		return {
			observe(seen) {
				if (seen.kind === "performing") performances.set(seen.performance.fence, seen.performance);
				if (seen.kind !== "row" || seen.before === undefined) return;
				const { before, after } = seen;
				const what = `${placeOf(before)} became ${placeOf(after)}`;
				if (after.generation < before.generation) broken(after.id, `${what}: an older generation`);
				if (after.generation !== before.generation) {
					if (before.state === "SUCCESS") broken(after.id, `${what}: a success began again`);
					return;
				}
				if (ended(before) && !isTheSameEnd(before, after)) broken(after.id, `${what}: it had ended`);
				// An attempt that was given back had not begun: what ends it then does not count it.
				const isGivenBack = before.state === "LEG" && before.nextLeg === 1 && after.attempts === before.attempts - 1;
				if (isGivenBack) return;
				if (after.attempts < before.attempts) broken(after.id, `${what}: an older attempt`);
				if ("settledBy" in before && "settledBy" in after && after.attempts !== before.attempts)
					broken(after.id, `${what}: it settled without having begun`);
				if ("fence" in before && "settledBy" in after && after.settledBy !== before.fence) {
					// Only the end of a run whose worker was lost is written by somebody else: no attempt left, expired, or not readable any more.
					const byAnother =
						// Or it was given another's result, which is no end of its own attempt.
						(after.state !== "SUCCESS" || isGiven(after)) &&
						after.state !== "RETRY" &&
						before.leaseUntil - 15_000 <= seen.at + world.settings.skewMsMax * 2;
					if (!byAnother) broken(after.id, `${what}: settled by an attempt that did not hold it`);
				}
			},
			calm() {
				for (const row of world.rows()) {
					if (row.state !== "SUCCESS" || isGiven(row)) continue;
					const performance = performances.get(row.settledBy);
					if (performance === undefined) {
						broken(row.id, `${placeOf(row)} succeeded and was never performed`);
						continue;
					}
					const stored = row.result.kind === "inline" ? row.result.json : world.blobs.blobs.get(row.result.key);
					if (stored !== performance.resultJson)
						broken(row.id, `${placeOf(row)} keeps the result ${stored}; performed was ${performance.resultJson}`);
				}
			},
		};
	},
};
