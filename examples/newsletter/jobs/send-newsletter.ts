/** Writes a letter. Pure: what would hand it to a mail service stands here in a real application, with `context.idempotencyKey`. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import type { sendNewsletter as definition } from "./definitions.ts";

export const sendNewsletter: JobImplementation<typeof definition> = async ({ edition, subscriber }) => ({
	to: subscriber.email,
	subject: `Newsletter ${edition}`,
	text: `Dear ${subscriber.name},\n\nthis is edition ${edition}. Enjoy.\n`,
});
