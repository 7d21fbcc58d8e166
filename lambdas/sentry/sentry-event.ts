/** A failed attempt as Sentry takes it, and the envelope around it. Pure. What a job was given is in it only where the team shows it. */
import type { HookedAttempt, HookedError } from "../../shared/job/hooks.ts";

export interface SentryEvent {
	/** 32 hex digits. */
	readonly event_id: string;
	/** Seconds. */
	readonly timestamp: number;
	readonly platform: "node";
	readonly level: "error" | "warning";
	readonly logger: "millrace";
	/** The job. */
	readonly transaction: string;
	readonly environment?: string;
	readonly release?: string;
	readonly server_name?: string;
	readonly tags: Readonly<Record<string, string>>;
	readonly contexts: Readonly<Record<string, object>>;
	readonly exception: { readonly values: readonly object[] };
	readonly extra?: Readonly<Record<string, unknown>>;
}

export interface Failed {
	readonly attempt: HookedAttempt;
	readonly error: HookedError;
	/** Absent for an attempt that will be made again. */
	readonly reason?: string;
	/** What of the input is shown; absent: nothing. */
	readonly input?: { readonly shown: unknown };
}

export interface About {
	readonly id: string;
	readonly nowMs: number;
	readonly environment?: string | undefined;
	readonly release?: string | undefined;
	readonly service?: string | undefined;
}

const TEXT_CHARS_MAX = 2_000;
const TAG_CHARS_MAX = 200;

export function eventOf({ attempt, error, reason, input }: Failed, about: About): SentryEvent {
	const { runId, job, tenant, leg, trace } = attempt;
	const [, trace_id, span_id] = trace.split("-");
	return {
		event_id: about.id,
		timestamp: about.nowMs / 1000,
		platform: "node",
		level: reason === undefined ? "warning" : "error",
		logger: "millrace",
		transaction: job,
		...(about.environment === undefined ? {} : { environment: about.environment }),
		...(about.release === undefined ? {} : { release: about.release }),
		...(about.service === undefined ? {} : { server_name: about.service }),
		tags: {
			job,
			run_id: tag(runId),
			attempt: String(attempt.attempt),
			error_class: error.errorClass,
			...(reason === undefined ? {} : { reason: tag(reason) }),
			...(tenant === undefined ? {} : { tenant: tag(tenant) }),
		},
		contexts: {
			trace: { trace_id, span_id, op: "queue.process" },
			run: { run_id: runId, job, attempt: attempt.attempt, leg },
		},
		exception: {
			values: [
				{
					type: error.excType.slice(0, TAG_CHARS_MAX).toWellFormed(),
					value: error.excMessage.slice(0, TEXT_CHARS_MAX).toWellFormed(),
					mechanism: { type: "millrace", handled: reason === undefined },
					...(error.traceback === undefined ? {} : { stacktrace: { frames: framesOf(error.traceback) } }),
				},
			],
		},
		...(input === undefined ? {} : { extra: { input: input.shown } }),
	};
}

/** Sentry takes no line break in a tag. */
const tag = (text: string): string => text.toWellFormed().replace(/\s/g, " ").slice(0, TAG_CHARS_MAX);

/** Sentry wants the innermost frame last. */
function framesOf(traceback: string): readonly object[] {
	return traceback
		.split("\n")
		.flatMap((line) => {
			const [, named, filename, lineno, colno] = /^at (?:(.+?) \()?(.+?):(\d+):(\d+)\)?$/.exec(line.trim()) ?? [];
			if (filename === undefined) return [];
			const in_app = !/node_modules|^node:/.test(filename);
			return [{ function: named ?? "?", filename, lineno: Number(lineno), colno: Number(colno), in_app }];
		})
		.reverse();
}

/** Three lines: a head, what follows, and the event. */
export function envelopeOf(event: SentryEvent, sentAtMs: number): string {
	const head = { event_id: event.event_id, sent_at: new Date(sentAtMs).toISOString() };
	return `${[head, { type: "event" }, event].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

export interface SentryAddress {
	readonly url: string;
	readonly key: string;
}

/** `undefined` for what is no DSN (`https://KEY@HOST/PROJECT`). */
export function readDsn(dsn: string): SentryAddress | undefined {
	if (!URL.canParse(dsn)) return undefined;
	const { protocol, host, username, pathname } = new URL(dsn);
	const [, path, project] = /^(.*)\/(\w+)$/.exec(pathname) ?? [];
	if (!/^https?:$/.test(protocol) || username === "" || project === undefined) return undefined;
	return { url: `${protocol}//${host}${path}/api/${project}/envelope/`, key: username };
}
