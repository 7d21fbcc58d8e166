/** A history as text: one line for each thing seen, with the simulated time since the world began. */
import { toIso } from "../../shared/kernel/time.ts";
import type { RunRecord } from "../../shared/ports/job-store.ts";
import type { Seen } from "./history.ts";

/** Collects the lines; `observe` goes into `runSeed`. */
export function createTrace(): { readonly lines: readonly string[]; observe(seen: Seen): void } {
	const lines: string[] = [];
	let begin: number | undefined;
	return {
		lines,
		observe(seen) {
			begin ??= seen.at;
			const seconds = ((seen.at - begin) / 1000).toFixed(3).padStart(10);
			lines.push(`${seconds}  ${describe(seen)}`);
		},
	};
}

const textMax = 160;
const cut = (text: string): string => (text.length > textMax ? `${text.slice(0, textMax)}…` : text);

function describe(seen: Seen): string {
	switch (seen.kind) {
		case "accepted":
			return `accepted   ${seen.messageId}`;
		case "sent":
			return `sent       ${seen.messageId} to ${seen.target.queueClass}/${seen.target.queue}: ${cut(seen.body)}${reasonOf(seen.attributes)}`;
		case "removed":
			return `${seen.moved ? "moved  " : "deleted"}    ${seen.messageId} from ${seen.target.queueClass}/${seen.target.queue}`;
		case "row":
			return `row        ${seen.after.id}: ${seen.before === undefined ? "new" : spell(seen.before)} → ${spell(seen.after)}`;
		case "performing": {
			const { runId, worker, attempt, generation } = seen.performance;
			return `performing ${runId}, attempt ${attempt} of generation ${generation}, by ${worker}`;
		}
		case "performed":
			return `performed  ${seen.performance.runId} by ${seen.performance.worker}: ${cut(seen.performance.resultJson ?? "no result")}`;
		case "forgotten":
			return `forgotten  ${seen.runId}`;
		case "effect":
			return `effect     ${seen.value}${seen.failed ? ", which failed" : ""}`;
		case "kept":
			return `kept       ${seen.key} of ${seen.scope}: ${cut(seen.json)}`;
		case "once":
			return `once       ${seen.key} of ${seen.runId} is ${cut(String(seen.value))}`;
		case "hooked":
			return `hook       ${seen.hook} of ${seen.attempt.runId} by ${seen.worker}${seen.trouble === undefined ? "" : ` ${seen.trouble}`}`;
		case "hook failed":
			return `hook       ${seen.hook} of ${seen.runId} by ${seen.worker} is given up`;
		case "message kept":
			return `kept back  ${seen.messageId}: ${cut(seen.why)}`;
		case "message refused":
			return `let go     ${seen.messageId}: ${seen.reason}`;
		case "invalidating":
		case "invalidated":
			return `${seen.kind.padEnd(12)} number ${seen.n}`;
		case "switching":
			return `switching  ${seen.queueClass} to ${seen.to}`;
		case "switched":
			return `switched   ${seen.queueClass} is ${seen.state}`;
		case "handed out":
			return `handed out ${seen.messageIds.join(", ")} of ${seen.queueClass}`;
		case "ending":
			return `ending     ${seen.runId} by ${seen.worker}, without performing it`;
		case "purged":
			return `purged     ${seen.queueClass}`;
		case "ticks checked":
			return `ticks      of ${seen.schedule} up to ${toIso(seen.until)}: ${seen.count} missed`;
		case "tick waits":
			return `waits      for the turn of ${seen.schedule}: ${seen.waiting?.runId ?? "nobody"}`;
		case "schedule operated":
			return `schedule   ${seen.schedule}: ${seen.what}${seen.done ? ", done" : ""}`;
		case "rate changed":
			return `rate       ${seen.limiter} is another`;
		case "revoked":
			return `revoke     ${seen.runId}: ${seen.outcome}`;
		case "note":
			return `${seen.what.padEnd(10)} ${seen.about}`;
	}
}

const reasonOf = (attributes: Readonly<Record<string, string>>): string =>
	attributes["millrace-reason"] === undefined ? "" : ` (${attributes["millrace-reason"]})`;

function spell(row: RunRecord): string {
	const more = row.state === "FAILURE" || row.state === "REVOKED" || row.state === "SKIPPED" ? ` ${row.reason}` : "";
	return `${row.state}${more}, generation ${row.generation}, attempt ${row.attempts}, carried by ${row.carrier}`;
}
