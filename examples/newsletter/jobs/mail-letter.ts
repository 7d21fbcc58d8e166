/** Hands a letter of any kind to the mail service at MAIL_URL, which takes one key once: a second attempt mails nothing twice. */
import type { JobImplementation } from "../../../shared/job/index.ts";
import { askService, serviceUrl } from "./ask-service.ts";
import type { noticeAnswer } from "./mail-definitions.ts";

export const mailLetter: JobImplementation<typeof noticeAnswer> = async ({ to, subject, text }, context) => {
	const { signal, idempotencyKey } = context;
	const headers = { "content-type": "application/json", "idempotency-key": idempotencyKey };
	const response = await askService(serviceUrl("MAIL_URL"), {
		...{ method: "POST", headers, signal },
		body: JSON.stringify({ to, subject, text }),
	});
	await response.body?.cancel();
	return { to };
};
