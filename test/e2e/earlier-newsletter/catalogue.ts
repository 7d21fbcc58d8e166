/**
 * The newsletter as it was a release before examples/newsletter: `send_newsletter` was called `send_letter` and mailed nothing, there was no
 * worker group for mail, and there was a class of its own for drafts, with a job, both of which are gone since.
 */
import * as z from "zod/mini";
import {
	checkSource,
	letters,
	sendNewsletter,
	syncSubscribers,
} from "../../../examples/newsletter/jobs/definitions.ts";
import { defineCatalogue } from "../../../shared/catalogue/define-catalogue.ts";
import { defineJob, defineQueueClass, defineWorkerGroup } from "../../../shared/job/index.ts";

export const sendLetter = { ...sendNewsletter, name: "send_letter", aliases: [], enqueues: [] } as const;
export const syncToLetters = { ...syncSubscribers, enqueues: [sendLetter.name] } as const;

const drafts = defineQueueClass({
	name: "drafts",
	promise: "A draft is read within the hour.",
	maxConcurrency: 2,
});

export const proofreadDraft = defineJob({
	name: "proofread_draft",
	description: "Counts the words of a draft.",
	queueClass: drafts,
	input: z.strictObject({ text: z.string() }),
	output: z.strictObject({ words: z.int() }),
});

export const catalogue = defineCatalogue({
	workerGroups: [
		defineWorkerGroup({ name: "newsletter", queueClasses: [drafts, letters], timeoutSeconds: 30, memoryMb: 256 }),
	],
	jobs: [checkSource, proofreadDraft, sendLetter, syncToLetters],
});
