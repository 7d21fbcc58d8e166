import type { Finding } from "./finding.ts";

/**
 * While a deploy that renames a job replaces workers, an old one is delivered a message whose run a new one has begun under the new name,
 * which the old one does not know: it takes the id for another job's run (`run-id-conflict`), dead-letters the message and lets it go.
 * Mended: a name that a worker does not know is another one of the same job, while the run goes on or is redriven.
 */
export const oldWorkerMeetsRenamedRun: Finding = {
	name: "old-worker-meets-renamed-run",
	status: "fixed",
	promise: "INV-01",
	what: "An old worker refuses the message of a run that a new worker began under the job's new name; nothing carries the run any more.",
	seed: 4909,
	kept: [
		"step 30: deploy",
		"step 34: produce",
		"step 39: deliver",
		"step 43: time passes",
		"w39 store.claimMany 1: answer lost",
		"step 44: deliver",
	],
};
