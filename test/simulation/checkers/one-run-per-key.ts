/** INV-07: what is enqueued under one (job, key) is one run. */
import type { CheckerKind } from "./checker.ts";
import { poisonIn, requestOf, subjectOf } from "./message-subject.ts";

export const oneRunPerKey: CheckerKind = {
	promise: "INV-07",
	create(world, broken) {
		const keyOfRequest = new Map<string, string>();
		const runOfKey = new Map<string, string>();
		return {
			observe(seen) {
				if (seen.kind === "accepted" && poisonIn(seen.body) === undefined) {
					const subject = subjectOf(world, seen);
					const { key, job } = subject?.body ?? {};
					if (subject?.request !== undefined && typeof key === "string")
						keyOfRequest.set(subject.request, `${String(job)} ${key}`);
				}
				if (seen.kind !== "performing") return;
				const key = keyOfRequest.get(requestOf(JSON.parse(seen.performance.inputJson)) ?? "");
				if (key === undefined) return;
				const known = runOfKey.get(key);
				if (known !== undefined && known !== seen.performance.runId)
					broken(seen.performance.runId, `"${key}" is performed as ${seen.performance.runId} and as ${known}`);
				runOfKey.set(key, seen.performance.runId);
			},
		};
	},
};
