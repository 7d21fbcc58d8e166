/**
 * Debounce: once the latest run of a key has begun, no older one performs. That can be told of keys whose runs were each asked for once, and of an
 * older one that is handed to a worker only after the latest has begun, in its first attempt: whoever looks then sees both.
 */
import type { Performance } from "../history.ts";
import type { CheckerKind } from "./checker.ts";
import { poisonIn, subjectOf } from "./message-subject.ts";

interface Wish {
	readonly key: string;
	readonly sentAt: number;
	count: number;
	rows: number;
	/** When one of its messages was handed to a worker the last time. */
	handedAt?: number;
	/** When its first attempt began. */
	begunAt?: number;
}

export const olderGivesWay: CheckerKind = {
	promise: "debounce",
	create(world, broken) {
		if (!world.features.debounce) return {};
		const wishes = new Map<string, Wish>();
		const runOf = new Map<string, string>();
		/** Nothing can be told of these any more. */
		const unclear = new Set<string>();
		return {
			observe(seen) {
				if (seen.kind === "forgotten") unclear.add(wishes.get(seen.runId)?.key ?? "");
				if (seen.kind === "handed out") {
					for (const messageId of seen.messageIds) {
						const wish = wishes.get(runOf.get(messageId) ?? "");
						if (wish !== undefined) wish.handedAt = seen.at;
					}
				}
				if (seen.kind === "sent" && seen.target.queue === "main" && poisonIn(seen.body) === undefined) {
					const subject = subjectOf(world, seen);
					if (subject?.body["job"] !== "quiet") return;
					const { runId, body } = subject;
					runOf.set(seen.messageId, runId);
					const key = String(body["tenant"]);
					const wish = wishes.get(runId) ?? { key, sentAt: seen.at, count: 0, rows: 0 };
					wishes.set(runId, wish);
					if (body["hops"] === undefined) wish.count++;
					// It comes when it is sent on, or has had its wait.
					const isLate = body["notBefore"] !== undefined && body["debounced"] === undefined;
					const isFree = "ticket" in body || "line" in body || subject.generation > 1;
					if (wish.count !== 1 || wish.key !== key || isLate || isFree) unclear.add(wish.key).add(key);
				}
				if (seen.kind === "row") {
					const wish = wishes.get(seen.after.id);
					if (wish !== undefined) wish.rows++;
				}
				if (seen.kind === "performing" && seen.performance.job === "quiet") begins(seen.performance, seen.at);
			},
		};

		function begins({ runId, attempt, generation, leg }: Performance, now: number): void {
			const mine = wishes.get(runId);
			if (mine === undefined || attempt > 1 || generation > 1 || leg > 1) return;
			mine.begunAt ??= now;
			if (unclear.has(mine.key) || mine.rows !== 1) return;
			const ofKey = [...wishes].filter(([, { key }]) => key === mine.key);
			const [latestId, latest] = ofKey.reduce((one, other) => (other[1].sentAt >= one[1].sentAt ? other : one));
			const isFirstAttempt = world.row(latestId)?.attempts === 1 && world.row(latestId)?.generation === 1;
			if (latest.sentAt > mine.sentAt && isFirstAttempt && (mine.handedAt ?? 0) > (latest.begunAt ?? Infinity))
				broken(
					runId,
					`${runId} performs ${now - (latest.begunAt ?? 0)} ms after ${latestId} began, which was enqueued later`,
				);
		}
	},
};
