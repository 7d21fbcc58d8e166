/** What a producer may say about a run beside its job and input. */
import { MillraceError } from "../kernel/errors.ts";
import { nearestNames } from "../kernel/nearest-names.ts";
import { showValue } from "../kernel/show-value.ts";

export interface EnqueueOptions {
	/** The run's id, 1–128 characters of `A–Z a–z 0–9 . _ : -`. Default: computed from (job, key), else random. */
	readonly id?: string | undefined;
	/** Idempotency key, 1–256 characters: enqueues with one (job, key) are one run while its record is kept (24 h). Default none. */
	readonly key?: string | undefined;
	/** On whose behalf, for fairness between tenants. 1–128 characters. Default none. */
	readonly tenant?: string | undefined;
	/** Start no sooner than this many seconds from now. 0 to 366 days; parts of a second are rounded up; above 15 minutes it may be a minute later. Default 0. */
	readonly delaySeconds?: number | undefined;
	/** Start no sooner than this instant, at most 366 days ahead; a text is ISO 8601. Not together with `delaySeconds`. Default none. */
	readonly notBefore?: string | Date | undefined;
	/** A run that has not started by this instant never starts; a text is ISO 8601. Default none. */
	readonly expiresAt?: string | Date | undefined;
	/** 0 (bulk) to 9 (critical): the class of the job's worker group that serves it takes the run. Default none. */
	readonly priority?: number | undefined;
	/** Up to 20 texts for the implementation; names up to 64 characters, values up to 1024. Default none. */
	readonly headers?: Readonly<Record<string, string>> | undefined;
	/** The queue class to go through, one of the job's worker group; wins over every rule. Default: routed. */
	readonly queueClass?: string | undefined;
	/** W3C traceparent. Default none. */
	readonly trace?: string | undefined;
}

const optionNames: readonly string[] = [
	"id",
	"key",
	"tenant",
	"delaySeconds",
	"notBefore",
	"expiresAt",
	"priority",
	"headers",
	"queueClass",
	"trace",
] satisfies readonly (keyof EnqueueOptions)[];

/** @throws MillraceError `message-unknown-field` */
export function refuseUnknownOptions(options: EnqueueOptions): void {
	const unknown = Object.keys(options).filter((name) => !optionNames.includes(name));
	if (unknown.length === 0) return;
	const near = unknown.flatMap((name) => nearestNames(name, optionNames, 1));
	throw new MillraceError(
		"message-unknown-field",
		`There is no option ${unknown.map(showValue).join(", ")}. ${near.length > 0 ? `Did you mean ${near.join(", ")}?` : `Known: ${optionNames.join(", ")}.`}`,
		{ details: { unknown } },
	);
}
