/** Calls a deployed HTTP API as its callers do: signed for IAM, or unsigned as the senders of webhooks are. */
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { SignatureV4 } from "@smithy/signature-v4";
import { CREDENTIALS, REGION } from "./cdk.ts";

export interface GatewayAnswer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	/** Parsed; `undefined` for what is no JSON. */
	readonly body: unknown;
}

export interface GatewayCall {
	/** As texts they go as they are, else as JSON. */
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
	/** Default true. */
	readonly signed?: boolean;
}

export type Gateway = (method: string, path: string, call?: GatewayCall) => Promise<GatewayAnswer>;

/**
 * By the emulator's own path to an API, since it answers some paths of every host name itself, `/health` among them.
 * @param url As the stack's output tells it.
 */
export function connectGateway(endpoint: string, url: string): Gateway {
	const [api] = new URL(url).hostname.split(".");
	const { hostname, port, host } = new URL(endpoint);
	const signer = new SignatureV4({ service: "execute-api", region: REGION, credentials: CREDENTIALS, sha256: Sha256 });
	return async (method, path, { body, headers = {}, signed = true } = {}) => {
		const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
		const request = new HttpRequest({
			...{ method, hostname, port: Number(port), protocol: "http:" },
			path: `/_aws/execute-api/${api}/$default${path}`,
			headers: { host, ...(text === undefined ? {} : { "content-type": "application/json" }), ...headers },
			...(text === undefined ? {} : { body: text }),
		});
		const sent = signed ? await signer.sign(request) : request;
		const { host: _, ...sentHeaders } = sent.headers;
		const answer = await fetch(`${endpoint}${sent.path}`, {
			...{ method, headers: sentHeaders },
			...(text === undefined ? {} : { body: text }),
			signal: AbortSignal.timeout(30_000),
		});
		const told = await answer.text();
		return { status: answer.status, headers: answer.headers, text: told, body: parsed(told) };
	};
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
