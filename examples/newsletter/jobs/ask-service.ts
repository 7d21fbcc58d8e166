/** Calls a service that an environment variable names. An answer of 5xx, or none, is tried again; one of 4xx is final. */
import { JobError } from "../../../shared/job/index.ts";

/** @throws JobError */
export async function askService(url: URL, init: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
	const response = await fetch(url, init).catch((cause: unknown) => {
		init.signal.throwIfAborted();
		throw new JobError("api", `${url.origin} does not answer`, { cause });
	});
	if (response.ok) return response;
	await response.body?.cancel();
	throw new JobError("api", `${url.origin} answered ${response.status}`, { retryable: response.status >= 500 });
}

/** @throws JobError when the variable holds no URL */
export function serviceUrl(variable: "SUBSCRIBERS_URL" | "MAIL_URL"): URL {
	const url = process.env[variable];
	if (url !== undefined && URL.canParse(url)) return new URL(url);
	throw new JobError("configuration", `${variable} must be a URL; got ${url ?? "nothing"}`);
}
