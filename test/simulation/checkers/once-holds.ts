/**
 * `ctx.once`: what a job is told an effect came to, some performance of that run did come to; it is the same in all attempts; and the effect
 * takes place no more once it has been kept. Before that it may be repeated: a worker that dies in between leaves nothing.
 *
 * A name that is used again after its run's row has expired is another run's, and what that keeps takes the place of what the first has kept.
 * So a redrive of the first finds nothing of its own any more: letters say by `born` which of the two they are of.
 */
import type { RunRecord } from "../../../shared/ports/job-store.ts";
import type { Seen } from "../history.ts";
import type { CheckerKind } from "./checker.ts";
import { subjectOf } from "./message-subject.ts";

const ended = ["SUCCESS", "FAILURE", "REVOKED", "SKIPPED"];

interface Known {
	/** What its performances came to, and how late in the run's life each was. */
	readonly done: Map<unknown, number>;
	/** And those of runs of the same name, whose rows have expired: the redrive of one of them may come after that. */
	readonly former: Set<unknown>;
	told?: unknown;
	/** `by`: the birth of the run that kept it. */
	kept?: { readonly value: unknown; readonly at: number; readonly by: number };
}

export const onceHolds: CheckerKind = {
	promise: "once",
	create(world, broken) {
		/** By run and key, as long as the run's row is known. */
		const effects = new Map<string, Map<string, Known>>();
		const begun = new Set<string>();
		const rows = new Map<string, RunRecord>();
		/** What letters say of when their run was born, by message; and what its present bearer says, or its row. */
		const toldBirths = new Map<string, number>();
		const births = new Map<string, number>();
		/** When the runs of a name were born, as their own rows said. */
		const bornAt = new Map<string, Set<number>>();
		/** @param own What was kept by a run of that birth stays. */
		function forget(runId: string, own?: number): void {
			for (const [key, { done, former, kept }] of effects.get(runId) ?? [])
				if (own === undefined || (kept !== undefined && kept.by !== own))
					effects.get(runId)?.set(key, { done: new Map(), former: new Set([...former, ...done.keys()]) });
		}
		function noteRow({ before, after }: Extract<Seen, { kind: "row" }>): void {
			const last = rows.get(after.id);
			rows.set(after.id, after);
			// Another run of the same name; but one that is redriven, or had not ended, is itself, however long that took.
			const hadEnded = last === undefined || ended.includes(last.state);
			const isRedriven = after.generation > 1;
			if (before === undefined && !isRedriven && hadEnded) forget(after.id);
			const told = toldBirths.get(after.carrier);
			if (!isRedriven) bornAt.set(after.id, (bornAt.get(after.id) ?? new Set()).add(after.createdAt));
			// A letter that names a birth which no run of this name had is no other run's: its own is wrong.
			const isOfAnother = told !== undefined && bornAt.get(after.id)?.has(told) === true;
			if (before === undefined && isRedriven && isOfAnother) forget(after.id, told);
			if (before?.generation !== after.generation)
				births.set(after.id, (isRedriven ? told : undefined) ?? after.createdAt);
		}
		function knownOf(runId: string, key: string): Known {
			const ofRun = effects.get(runId) ?? new Map<string, Known>();
			effects.set(runId, ofRun);
			const known = ofRun.get(key) ?? { done: new Map(), former: new Set() };
			ofRun.set(key, known);
			return known;
		}
		return {
			observe(seen) {
				if (seen.kind === "sent") {
					const born = subjectOf(world, seen)?.body["born"];
					if (typeof born === "number") toldBirths.set(seen.messageId, born);
				}
				if (seen.kind === "row") noteRow(seen);
				if (seen.kind === "effect") {
					const { runId, key, value, asked, of, rank, failed } = seen;
					const known = knownOf(runId, key);
					known.done.set(value, rank);
					// An earlier attempt that was given up for lost does not look for what later ones have left.
					const keptRank = known.done.get(known.kept?.value) ?? Infinity;
					if (known.kept !== undefined && asked > known.kept.at && rank >= keptRank)
						broken(
							runId,
							`${of} performs its ${key} again, asked ${asked - known.kept.at} ms after "${known.kept.value}" was kept`,
						);
					if (begun.has(`${of} ${key}`)) broken(runId, `${of} performs its ${key} twice`);
					if (!failed) begun.add(`${of} ${key}`);
				}
				if (seen.kind === "kept") {
					const known = knownOf(seen.scope, seen.key);
					const value: unknown = JSON.parse(seen.json);
					if (known.kept !== undefined && known.kept.value !== value)
						broken(
							seen.scope,
							`the ${seen.key} of ${seen.scope} was kept as "${known.kept.value}" and is "${value}" now`,
						);
					known.kept ??= { value, at: seen.at, by: births.get(seen.scope) ?? Number.NaN };
				}
				if (seen.kind === "once") {
					const { runId, key, value } = seen;
					const known = knownOf(runId, key);
					const isFormer = known.former.has(value) && (rows.get(runId)?.generation ?? 1) > 1;
					if (!known.done.has(value) && !isFormer)
						broken(runId, `${runId} is told "${value}" of its ${key}, which no performance of it came to`);
					if (known.told !== undefined && known.told !== value)
						broken(runId, `${runId} is told "${value}" of its ${key}, and was told "${known.told}" before`);
					known.told = value;
				}
			},
		};
	},
};
