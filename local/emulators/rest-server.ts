/** A server on the loopback interface that speaks as AWS's REST-JSON services do: a path and a method in, a status and a JSON document out. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

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

export const refusal = (status: number, error: string, message: string): RestAnswer => ({
	status,
	error,
	body: { message, Message: message },
});

const textHeaders = (headers: IncomingHttpHeaders): Readonly<Record<string, string | undefined>> =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(",")]));

export async function startRestServer(answerTo: (request: RestRequest) => RestAnswer): Promise<RestServer> {
	const server = createServer((request, response) => {
		void text(request).then((body) => {
			const url = new URL(request.url ?? "/", "http://localhost");
			const answer = answerTo({ method: request.method ?? "", url, body, headers: textHeaders(request.headers) });
			response
				.writeHead(answer.status, {
					"content-type": "application/json",
					...(answer.error === undefined ? {} : { "x-amzn-errortype": answer.error }),
				})
				.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
		});
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
