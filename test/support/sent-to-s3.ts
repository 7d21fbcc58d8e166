/** What goes to S3, seen just before the wire and answered there: our adapter and the SDK's own client send through the same handler. */
import { Readable } from "node:stream";
import { HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { vi } from "vitest";

export interface SentToS3 {
	/** In their order. */
	readonly requests: readonly HttpRequest[];
	/** Scheme, host and path of the last one. */
	lastUrl(): string;
	stop(): void;
}

/** Until it is stopped, every request of this process through the SDK's HTTP handler is answered with 200 and nothing. */
export function catchRequestsToS3(): SentToS3 {
	const requests: HttpRequest[] = [];
	const spy = vi.spyOn(NodeHttpHandler.prototype, "handle").mockImplementation(async (request) => {
		requests.push(HttpRequest.clone(request));
		return { response: new HttpResponse({ statusCode: 200, headers: {}, body: Readable.from([]) }) };
	});
	return {
		requests,
		lastUrl() {
			const last = requests.at(-1);
			if (last === undefined) throw new Error("nothing was sent");
			return `${last.protocol}//${last.hostname}${last.port === undefined ? "" : `:${last.port}`}${last.path}`;
		},
		stop: () => spy.mockRestore(),
	};
}
