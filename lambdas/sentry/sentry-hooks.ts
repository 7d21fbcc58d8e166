/**
 * Hooks that tell Sentry, or whatever speaks like it, of runs that failed. A run has ended when they are called, and what goes wrong here is
 * logged and changes nothing: a Sentry that hangs costs one short wait, and is then left alone for a while.
 */
import { randomUUID } from "node:crypto";
import type { HookedAttempt, WorkerHooks } from "../../shared/job/hooks.ts";
import type { SecretSource } from "../../shared/ports/secret-source.ts";
import { envelopeOf, eventOf, type Failed, readDsn, type SentryAddress, type SentryEvent } from "./sentry-event.ts";

export interface SentryOptions {
	/**
	 * Name of the SSM SecureString (or `/aws/reference/secretsmanager/NAME`) that holds the DSN: read once, from the cold start on. The group needs
	 * it among its `secretParameters`. Neither this nor `report`: nothing is told, as on one's own machine.
	 */
	readonly dsnParameter?: string | undefined;
	/** Is given each event instead of Sentry. */
	readonly report?: (event: SentryEvent) => void | Promise<void>;
	/** Tell of attempts that will be made again, too, as warnings. Default false. */
	readonly retries?: boolean;
	/** What of an input may be shown. Default: nothing of it leaves. */
	readonly input?: (input: unknown, attempt: HookedAttempt) => unknown;
	/** The last word on an event: change it, or return `undefined` to drop it. Messages of errors may hold what a job was given. */
	readonly beforeSend?: (event: SentryEvent) => SentryEvent | undefined;
	/** Default `SENTRY_ENVIRONMENT` and `SENTRY_RELEASE` of the function's environment. */
	readonly environment?: string;
	readonly release?: string;
	/** How long Sentry may take, at most 4,000. Default 1,500. */
	readonly timeoutMs?: number;
	/** Where secrets come from. Default SSM. */
	readonly secrets?: SecretSource;
}

const TIMEOUT_MS = 1_500;
/** A hook is waited for 5 s at most. */
const TIMEOUT_MS_MAX = 4_000;
/** How long Sentry is left alone that did not answer, or said so without a time. */
const PAUSE_MS = 30_000;
const PAUSE_MS_MAX = 600_000;
/** Inputs that are kept for runs whose end was told to somebody else. */
const INPUTS_MAX = 1_000;

export function sentryHooks(options: SentryOptions): WorkerHooks {
	const report = options.report ?? reportTo(options);
	if (report === undefined) return {};
	const inputs = new Map<string, unknown>();
	const { environment = process.env["SENTRY_ENVIRONMENT"], release = process.env["SENTRY_RELEASE"] } = options;
	const service = process.env["POWERTOOLS_SERVICE_NAME"];

	async function tell(failed: Failed): Promise<void> {
		const { attempt } = failed;
		const { input: show, beforeSend = (event) => event } = options;
		const input =
			show === undefined || !inputs.has(attempt.runId)
				? {}
				: { input: { shown: show(inputs.get(attempt.runId), attempt) } };
		const about = { id: randomUUID().replaceAll("-", ""), nowMs: Date.now(), environment, release, service };
		const event = beforeSend(eventOf({ ...failed, ...input }, about));
		if (event !== undefined) await report?.(event);
	}

	return {
		failure: (attempt, { reason, error }) => tell({ attempt, reason, error }),
		...(options.retries === true ? { retry: (attempt, { error }) => tell({ attempt, error }) } : {}),
		...(options.input === undefined
			? {}
			: {
					before({ runId }, input) {
						const [oldest] = inputs.keys();
						if (inputs.size >= INPUTS_MAX && oldest !== undefined) inputs.delete(oldest);
						inputs.set(runId, input);
					},
					after: ({ runId }) => void inputs.delete(runId),
				}),
	};
}

/** Rejects with what went wrong: no error of these calls holds the key. */
function reportTo({ dsnParameter, secrets, timeoutMs = TIMEOUT_MS }: SentryOptions): SentryOptions["report"] {
	if (dsnParameter === undefined || dsnParameter === "") return undefined;
	const parameter = dsnParameter;
	let reading: Promise<SentryAddress> | undefined;
	let pausedUntilMs = 0;

	async function read(): Promise<SentryAddress> {
		const dsn = await (secrets ?? (await secretsOfSsm())).read(parameter);
		if (dsn === undefined) throw new Error(`There is no parameter ${parameter}, which should hold Sentry's DSN.`);
		const address = readDsn(dsn.trim());
		if (address !== undefined) return address;
		throw new Error(`The parameter ${parameter} holds no DSN of Sentry, such as https://KEY@HOST/PROJECT.`);
	}
	/** One that could not be read is asked for again. */
	function address(): Promise<SentryAddress> {
		reading ??= read().catch((error: unknown) => {
			reading = undefined;
			throw error;
		});
		return reading;
	}
	function pause(ms: number): void {
		pausedUntilMs = Date.now() + Math.min(ms, PAUSE_MS_MAX);
	}
	async function post(event: SentryEvent, signal: AbortSignal): Promise<Response> {
		const { url, key } = await Promise.race([address(), aborted(signal)]);
		const answer = await fetch(url, {
			method: "POST",
			headers: {
				"content-type": "application/x-sentry-envelope",
				"x-sentry-auth": `Sentry sentry_version=7, sentry_client=millrace, sentry_key=${key}`,
			},
			body: envelopeOf(event, Date.now()),
			// It leads to where the key was not given for.
			redirect: "error",
			signal,
		});
		await answer.body?.cancel();
		return answer;
	}

	// From the cold start on; who asks first is told what went wrong.
	address().catch(() => {});
	return async (event) => {
		if (Date.now() < pausedUntilMs) return;
		const signal = AbortSignal.timeout(Math.min(timeoutMs, TIMEOUT_MS_MAX));
		const answer = await post(event, signal).catch((error: unknown) => {
			pause(PAUSE_MS);
			throw error;
		});
		if (answer.ok) return;
		const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
		if (answer.status === 429 || answer.status >= 500) pause(seconds > 0 ? seconds * 1000 : PAUSE_MS);
		throw new Error(`Sentry answered HTTP ${answer.status}.`);
	};
}

const aborted = (signal: AbortSignal): Promise<never> =>
	new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));

/** Only who has a DSN to read loads SSM's client. */
async function secretsOfSsm(): Promise<SecretSource> {
	const [{ SSMClient }, { createSsmSecretSource }] = await Promise.all([
		import("@aws-sdk/client-ssm"),
		import("../../shared/aws/ssm-secret-source.ts"),
	]);
	return createSsmSecretSource({ client: new SSMClient({ maxAttempts: 2 }) });
}
