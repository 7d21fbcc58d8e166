/**
 * An HTTP API of API Gateway on the loopback interface: finds the route, calls its function with an event of payload format 2.0, and answers what
 * that says. Nobody is asked who they are. A page that a browser has open somewhere else can't call it under a name of its own (DNS rebinding).
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod/mini";
import { LOCAL_ACCOUNT } from "../assembly/resolve.ts";
import type { InvocationResult } from "../lambda/environment.ts";
import { readBody, strangerIn } from "../loopback.ts";

export interface LocalRoute {
	readonly routeKey: string;
	call(event: unknown): Promise<InvocationResult>;
}

export interface HttpApiServer {
	/** `http://127.0.0.1:…` */
	readonly url: string;
	stop(): Promise<void>;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html (2026-11-21) */
const BODY_BYTES_MAX = 10 * 1024 * 1024;

const answerSchema = z.object({
	statusCode: z.int(),
	headers: z.optional(z.record(z.string(), z.string())),
	body: z.optional(z.string()),
	isBase64Encoded: z.optional(z.boolean()),
});

interface Match {
	readonly route: LocalRoute;
	readonly pathParameters: Readonly<Record<string, string>>;
}

/** A route's path as a pattern. Where several fit, the one with fewer parameters is meant, as at API Gateway. */
function createMatcher(routes: readonly LocalRoute[]): (method: string, path: string) => Match | undefined {
	const patterns = routes
		.map((route) => {
			const [method = "", path = ""] = route.routeKey.split(" ");
			const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
			const pattern = new RegExp(`^${path.replaceAll(/[.+*?^$()[\]\\|]/g, "\\$&").replaceAll(/\{\w+\}/g, "([^/]+)")}$`);
			return { route, method, names, pattern };
		})
		.sort((one, other) => one.names.length - other.names.length);
	return (asked, path) => {
		for (const { route, method, names, pattern } of patterns) {
			const found = method === asked ? pattern.exec(path) : null;
			if (found === null) continue;
			const values = names.map((name, index) => [name, decoded(found[index + 1] ?? "")] as const);
			return { route, pathParameters: Object.fromEntries(values) };
		}
		return undefined;
	};
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** What API Gateway takes for text; other bodies come in base64. */
const isText = (type: string): boolean => /^(text\/|application\/(.*\+)?(json|xml|javascript)\b)/i.test(type);

function toEvent(request: IncomingMessage, url: URL, { route, pathParameters }: Match, body: Buffer): object {
	const now = new Date();
	const headers = Object.fromEntries(
		Object.entries(request.headers).map(([name, value = ""]) => [name, Array.isArray(value) ? value.join(",") : value]),
	);
	const asText = isText(headers["content-type"] ?? "text/plain");
	return {
		version: "2.0",
		routeKey: route.routeKey,
		rawPath: decoded(url.pathname),
		rawQueryString: url.search.slice(1),
		headers,
		...(url.search === "" ? {} : { queryStringParameters: Object.fromEntries(url.searchParams) }),
		...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
		requestContext: {
			accountId: LOCAL_ACCOUNT,
			apiId: "local",
			domainName: url.hostname,
			domainPrefix: "local",
			http: {
				method: request.method ?? "",
				path: decoded(url.pathname),
				protocol: "HTTP/1.1",
				sourceIp: "127.0.0.1",
				userAgent: headers["user-agent"] ?? "",
			},
			requestId: randomUUID(),
			routeKey: route.routeKey,
			stage: "$default",
			time: now.toUTCString(),
			timeEpoch: now.getTime(),
		},
		...(body.length === 0 ? {} : { body: body.toString(asText ? "utf8" : "base64") }),
		isBase64Encoded: body.length > 0 && !asText,
	};
}

export async function startHttpApiServer(routes: readonly LocalRoute[]): Promise<HttpApiServer> {
	const match = createMatcher(routes);

	async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const refuse = (status: number, message: string): void =>
			void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ message }));
		if (strangerIn(request.headers) !== undefined) return refuse(403, "Forbidden");
		const target = `http://${request.headers.host ?? ""}${request.url ?? "/"}`;
		if (!URL.canParse(target)) return refuse(400, "Bad Request");
		const url = new URL(target);
		const found = match(request.method ?? "", url.pathname);
		if (found === undefined) return refuse(404, "Not Found");
		const body = await readBody(request, BODY_BYTES_MAX);
		if (body === undefined) return refuse(413, "Request Entity Too Large");
		const result = await found.route.call(toEvent(request, url, found, body));
		const answered = answerSchema.safeParse(result.kind === "ok" ? result.response : undefined);
		if (!answered.success) return refuse(500, "Internal Server Error");
		const { statusCode, headers = {}, body: text = "", isBase64Encoded = false } = answered.data;
		response.writeHead(statusCode, headers).end(Buffer.from(text, isBase64Encoded ? "base64" : "utf8"));
	}

	const server = createServer((request, response) => {
		answer(request, response).catch(() => response.destroy());
	});
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject).listen(0, "127.0.0.1", resolve);
	});
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		async stop() {
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		},
	};
}
