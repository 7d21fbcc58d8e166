/** What the function answers API Gateway. Header names and values are ours alone: nothing that a caller sent becomes one unchecked. */

export interface ApiAnswer {
	readonly status: number;
	/** JSON unless it is a text; absent: no body. */
	readonly body?: unknown;
	readonly contentType?: string;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface GatewayResponse {
	readonly statusCode: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	readonly isBase64Encoded: false;
}

export function toResponse({ status, body, contentType = "application/json", headers }: ApiAnswer): GatewayResponse {
	return {
		statusCode: status,
		headers: {
			...(body === undefined ? {} : { "content-type": contentType, "x-content-type-options": "nosniff" }),
			"cache-control": "no-store",
			...headers,
		},
		body: body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body),
		isBase64Encoded: false,
	};
}
