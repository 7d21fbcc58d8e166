/** POST /webhooks/{source}: verified, then enqueued under the delivery's id, so that a second try of the sender is the same run. */
import type { WebhookDefinition } from "../../../shared/job/webhook.ts";
import { MillraceError } from "../../../shared/kernel/errors.ts";
import { API_BODY_BYTES_MAX } from "../../../shared/kernel/limits.ts";
import { showValue } from "../../../shared/kernel/show-value.ts";
import type { Answer, ApiParts } from "../api-parts.ts";
import type { ApiRequest } from "../api-request.ts";
import { parseJson } from "../read-body.ts";
import { createSecretBook } from "./secret-book.ts";
import { bodyHash, type Verified, verifyDelivery } from "./verify-delivery.ts";

export function webhookRoute(parts: ApiParts): Readonly<Record<"takeWebhook", Answer>> {
	const { client, clock, log, webhooks } = parts;
	const book = createSecretBook(parts.secrets, clock);

	async function verify(
		{ scheme, secretParameter, windowSeconds }: WebhookDefinition,
		request: ApiRequest,
	): Promise<Verified> {
		const with_ = (secrets: readonly string[]): Verified =>
			verifyDelivery(request, { scheme, secrets, windowSeconds, now: clock.now() });
		const first = with_(await book.of(secretParameter));
		if (!("refused" in first)) return first;
		const newer = await book.newer(secretParameter);
		return newer === undefined ? first : with_(newer);
	}

	return {
		async takeWebhook(request) {
			const source = request.parameters["source"] ?? "";
			const webhook = webhooks.find((one) => one.source === source);
			if (webhook === undefined) {
				throw new MillraceError("webhook-not-found", `There is no webhook ${showValue(source)}.`);
			}
			if (request.body.length > API_BODY_BYTES_MAX) {
				throw new MillraceError("message-too-large", `A delivery may have ${API_BODY_BYTES_MAX} bytes.`);
			}
			const verified = await verify(webhook, request);
			if ("refused" in verified) {
				log.warn("A delivery was refused", { source, why: verified.refused });
				throw new MillraceError("webhook-refused", "The delivery is not signed as it must be, or too long ago.");
			}
			const { event, id } = verified;
			const payload = parseJson(request.body);
			// GitHub asks whether anybody is there.
			if (webhook.scheme === "github" && event === "ping") return { status: 202, body: { ignored: true } };
			const input = webhook.toInput({ source, event, id, payload });
			if (input === undefined) return { status: 202, body: { ignored: true } };
			const key = `webhook/${source}/${webhook.sameBy === "id" ? id : bodyHash(request.body)}`;
			const enqueued = await client.enqueue(webhook.job, input, { key: key.toWellFormed() });
			log.info("A delivery was enqueued", { source, webhookEvent: event, delivery: id, runId: enqueued.id });
			return { status: 202, body: { job_id: enqueued.id } };
		},
	};
}
