/** What the infrastructure tells a worker by environment variables, checked once per cold start. */
import { safeParse } from "zod/v4/core";
import { MillraceError } from "../../shared/kernel/errors.ts";
import { describeIssues } from "../../shared/wire/describe-issues.ts";
import { type PlatformAddress, platformAddressSchema } from "../../shared/wire/platform-address.ts";

/** @throws MillraceError `configuration-invalid` */
export function readPlatform(environment: Readonly<Record<string, string | undefined>>): PlatformAddress {
	const text = environment["MILLRACE_PLATFORM"];
	if (text === undefined) throw invalid("it is not set");
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw invalid((error as Error).message);
	}
	const parsed = safeParse(platformAddressSchema, value);
	if (!parsed.success) throw invalid(describeIssues(parsed.error.issues, value, "MILLRACE_PLATFORM").join("; "));
	return parsed.data;
}

const invalid = (problem: string): MillraceError =>
	new MillraceError(
		"configuration-invalid",
		`The environment variable MILLRACE_PLATFORM must hold the platform's address as JSON: ${problem}. The JobPlatform construct sets it; deploy again.`,
	);

/**
 * Where spans go and how many traces are begun; `undefined` where nothing is recorded: JobPlatform's `tracing` is off, or there is no daemon, as on
 * one's own machine.
 */
export function readTracing(
	environment: Readonly<Record<string, string | undefined>>,
): { readonly sampleRatio: number; readonly daemon: string } | undefined {
	const { MILLRACE_TRACING, AWS_XRAY_DAEMON_ADDRESS: daemon } = environment;
	const sampleRatio = Number(MILLRACE_TRACING ?? Number.NaN);
	return Number.isNaN(sampleRatio) || daemon === undefined ? undefined : { sampleRatio, daemon };
}
