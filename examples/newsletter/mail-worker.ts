/** The Lambda handler of the worker group `mail`. */
import { createWorker } from "../../lambdas/worker/create-worker.ts";
import { catalogue } from "./catalogue.ts";
import { mailLetter } from "./jobs/mail-letter.ts";

export const handler = createWorker(catalogue, "mail", {
	campaign_letter: mailLetter,
	notice_answer: mailLetter,
	notice_signup: mailLetter,
	report_opens: mailLetter,
});
