/** What services that speak JSON say when they refuse, for requests without their generated client. */
import type { Answer } from "./signed-requests.ts";

/** Named after the service's code, so that the SDK's own judgement tells what may be tried again. */
export function refusalOf({ status, headers, body }: Answer): Error | undefined {
	if (status === 200) return undefined;
	const told = readJson(body);
	const code = headers["x-amzn-errortype"] ?? told["__type"] ?? told["code"] ?? `HTTP ${status}`;
	const message = told["Message"] ?? told["message"] ?? "an answer without a message";
	return Object.assign(new Error(`${message} (HTTP ${status})`), {
		// "ConflictException:http://internal.amazon.com/…", or with a namespace before "#".
		name: String(code).replace(/:.*$/s, "").replace(/^.*#/s, ""),
		$metadata: { httpStatusCode: status },
	});
}

/** Nothing, where it is no JSON object. */
export function readJson(body: string): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(body);
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}
