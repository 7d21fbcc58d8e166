/** A webhook as data: who sends, how it is signed, which job takes what was sent. The API's function verifies and enqueues. */
import type { JobDefinition, JobInput } from "./define-job.ts";

/**
 * How a delivery shows that it comes from who shares the secret:
 * `github`: `X-Hub-Signature-256` over the body. `gitlab`: the secret itself in `X-Gitlab-Token`. `jira`: `X-Hub-Signature` over the body.
 * `standard`: `webhook-signature` over id, time and body, as standardwebhooks.com has it; for senders of one's own.
 */
export type WebhookScheme = "github" | "gitlab" | "jira" | "standard";

/** A delivery whose signature is right. */
export interface WebhookDelivery {
	readonly source: string;
	/** `push`, `Merge Request Hook`, `jira:issue_updated`; "" where the sender names none. */
	readonly event: string;
	/** The sender's own id of it, which a second try of the same delivery has again; else a hash of the body. */
	readonly id: string;
	/** The body, parsed. */
	readonly payload: unknown;
}

/** What a job gets whose webhook has no `toInput`. */
export interface WebhookInput {
	readonly source: string;
	readonly event: string;
	readonly delivery_id: string;
	readonly payload: unknown;
}

export interface WebhookDefinition<Job extends JobDefinition = JobDefinition> {
	/** The end of its address, `/webhooks/<source>`: 1–50 lower-case letters, digits, `-`. Unique. */
	readonly source: string;
	readonly scheme: WebhookScheme;
	readonly job: Job;
	/** Name of the SSM SecureString with the secret, or `/aws/reference/secretsmanager/NAME`. While it is changed it may hold several, one a line. */
	readonly secretParameter: string;
	/** The job's input for a delivery; `undefined`: nothing is enqueued for it. */
	toInput(delivery: WebhookDelivery): JobInput<Job> | undefined;
	/** A delivery that was signed longer ago is refused, where the signature covers a time (`standard`; `jira` for events with one). */
	readonly windowSeconds: number;
	/** What makes two deliveries one run: the sender's id of them, or the body, for who does not trust an id that the signature leaves out. */
	readonly sameBy: "id" | "body";
}

export type WebhookOptions<Job extends JobDefinition> = Pick<WebhookDefinition<Job>, "job" | "secretParameter"> &
	({ readonly source: "github" | "gitlab" | "jira" } | { readonly source: string; readonly scheme: WebhookScheme }) &
	(WebhookInput extends JobInput<Job>
		? { readonly toInput?: (delivery: WebhookDelivery) => JobInput<Job> | undefined }
		: { readonly toInput: (delivery: WebhookDelivery) => JobInput<Job> | undefined }) & {
		/** Default 300 for `standard`; 7 200 for `jira`, which tries for more than an hour. */
		readonly windowSeconds?: number;
		/** Default `id`. */
		readonly sameBy?: "id" | "body";
	};

const STANDARD_WINDOW_SECONDS = 300;
const JIRA_WINDOW_SECONDS = 7_200;

/** Fills in the defaults. What must hold is checked by `defineWebhooks`. */
export function defineWebhook<Job extends JobDefinition>(options: WebhookOptions<Job>): WebhookDefinition<Job> {
	const { source, job, secretParameter, sameBy = "id" } = options;
	const scheme = "scheme" in options ? options.scheme : (source as WebhookScheme);
	const { windowSeconds = scheme === "jira" ? JIRA_WINDOW_SECONDS : STANDARD_WINDOW_SECONDS } = options;
	// The type of the options asks for it where the job's input is another one.
	const toInput = options.toInput ?? (wholeDelivery as WebhookDefinition<Job>["toInput"]);
	return { source, scheme, job, secretParameter, toInput, windowSeconds, sameBy };
}

const wholeDelivery = ({ source, event, id, payload }: WebhookDelivery): WebhookInput => ({
	source,
	event,
	delivery_id: id,
	payload,
});
