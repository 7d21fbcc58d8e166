/** Writes a letter and has it mailed. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import type { sendNewsletter as definition } from "./definitions.ts";
import { campaignLetter } from "./mail-definitions.ts";

export const sendNewsletter: JobImplementation<typeof definition> = async ({ edition, subscriber }, context) => {
	const letter = {
		to: subscriber.email,
		subject: `Newsletter ${edition}`,
		text: `Dear ${subscriber.name},\n\nthis is edition ${edition}. Enjoy.\n`,
	};
	context.enqueue(campaignLetter, letter);
	return letter;
};
