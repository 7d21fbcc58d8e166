/** A server on the loopback interface that speaks as AWS's REST-JSON services do: a path and a method in, a status and a JSON document out. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody, strangerIn } from "../loopback.ts";

export interface RestRequest {
	readonly method: string;
	readonly url: URL;
	readonly body: string;
	/** Names in lower case. */
	readonly headers: Readonly<Record<string, string | undefined>>;
}

export interface RestAnswer {
	readonly status: number;
	/** Default: none. */
	readonly body?: object;
	/** Name of the exception that a client is to throw. */
	readonly error?: string;
}

export interface RestServer {
	readonly endpoint: string;
	stop(): Promise<void>;
}

const BODY_BYTES_MAX = 10 * 1024 * 1024;

export const refusal = (status: number, error: string, message: string): RestAnswer => ({
	status,
	error,
	body: { message, Message: message },
});

const textHeaders = (headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(",")]));

export async function startRestServer(answerTo: (request: RestRequest) => RestAnswer): Promise<RestServer> {
	async function answerOf(request: IncomingMessage): Promise<RestAnswer> {
		const stranger = strangerIn(request.headers);
		if (stranger !== undefined) return refusal(403, "AccessDeniedException", stranger);
		const body = await readBody(request, BODY_BYTES_MAX);
		if (body === undefined) return refusal(413, "RequestEntityTooLargeException", "A request may have 10 MiB.");
		const url = new URL(request.url ?? "/", "http://localhost");
		const { method = "", headers } = request;
		return answerTo({ method, url, body: body.toString("utf8"), headers: textHeaders(headers) });
	}

	const server = createServer((request, response) => {
		// Whatever one caller sends, the stack goes on for the others.
		void answerOf(request)
			.catch(() => refusal(400, "ValidationException", "The request can't be read."))
			.then((answer) =>
				response
					.writeHead(answer.status, {
						"content-type": "application/json",
						...(answer.error === undefined ? {} : { "x-amzn-errortype": answer.error }),
					})
					.end(answer.body === undefined ? "" : JSON.stringify(answer.body)),
			);
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject).listen(0, "127.0.0.1", resolve);
	});
	const { port } = server.address() as AddressInfo;
	return {
		endpoint: `http://127.0.0.1:${port}`,
		async stop() {
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
}
