/** A list of webhooks, checked against the catalogue. Apart from it: only the API's function and the infrastructure need them, no worker does. */
import type { WebhookDefinition } from "../job/webhook.ts";
import { MillraceError } from "../kernel/errors.ts";
import type { Catalogue } from "./define-catalogue.ts";

const WINDOW_SECONDS_MAX = 86_400;
/** As SSM allows it, or a reference to Secrets Manager. */
const parameterName = /^\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/;

interface Rule {
	readonly holds: (webhook: WebhookDefinition, all: readonly WebhookDefinition[], catalogue: Jobs) => boolean;
	readonly problem: (webhook: WebhookDefinition) => string;
}

type Jobs = Pick<Catalogue, "findJob">;

const schemes: readonly string[] = ["github", "gitlab", "jira", "standard"];

const rules: readonly Rule[] = [
	{
		holds: ({ source }) => /^[a-z][a-z0-9-]{0,49}$/.test(source),
		problem: ({ source }) =>
			`source must be 1–50 lower-case letters, digits and hyphens, a letter first; got "${source}"`,
	},
	{
		holds: ({ source }, all) => all.filter((other) => other.source === source).length === 1,
		problem: ({ source }) => `source is unique; "${source}" is used twice`,
	},
	{
		holds: ({ scheme }) => schemes.includes(scheme),
		problem: ({ source }) =>
			`scheme must be given for a source other than github, gitlab and jira; "${source}" has none`,
	},
	{
		holds: ({ job }, _, { findJob }) => findJob(job.name)?.name === job.name,
		problem: ({ job }) => `enqueues ${job.name}, which is no job of the catalogue`,
	},
	{
		holds: ({ secretParameter }) => parameterName.test(secretParameter),
		problem: ({ secretParameter }) =>
			`secretParameter must be the name of an SSM parameter, never the secret; got ${secretParameter.length} characters that are none`,
	},
	{
		holds: ({ windowSeconds: given }) => Number.isInteger(given) && given >= 1 && given <= WINDOW_SECONDS_MAX,
		problem: ({ windowSeconds }) =>
			`windowSeconds must be a whole number from 1 to ${WINDOW_SECONDS_MAX}; got ${windowSeconds}`,
	},
];

/** @throws MillraceError `catalogue-invalid` with every fault */
export function defineWebhooks(catalogue: Jobs, webhooks: readonly WebhookDefinition[]): readonly WebhookDefinition[] {
	const faults = webhooks.flatMap((webhook) =>
		rules
			.filter(({ holds }) => !holds(webhook, webhooks, catalogue))
			.map(({ problem }) => ({ subject: `webhook ${webhook.source}`, problem: problem(webhook) })),
	);
	if (faults.length === 0) return webhooks;
	throw new MillraceError(
		"catalogue-invalid",
		`The webhooks have faults; mend each and try again:\n${faults.map(({ subject, problem }) => `- ${subject}: ${problem}`).join("\n")}`,
		{ details: { faults } },
	);
}
