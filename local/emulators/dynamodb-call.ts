/** Calls a DynamoDB emulator in its wire protocol. Set-up and sweeping need five operations, for which the SDK would cost more start-up time than it saves. */
import { MillraceError } from "../../shared/kernel/errors.ts";
import { LOCAL_REGION } from "../assembly/resolve.ts";

export class DynamoDbError extends Error {
	/** `ResourceNotFoundException` and the like. */
	readonly code: string;
	constructor(code: string, message: string) {
		super(`${code}: ${message}`);
		this.code = code;
	}
}

export type DynamoDbCall = (operation: string, request: object) => Promise<Record<string, unknown>>;

export function createDynamoDbCall(endpoint: string): DynamoDbCall {
	return async (operation, request) => {
		let response: Response;
		try {
			response = await fetch(endpoint, {
				method: "POST",
				headers: {
					"content-type": "application/x-amz-json-1.0",
					"x-amz-target": `DynamoDB_20120810.${operation}`,
					"x-amz-date": "20260101T000000Z",
					authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${LOCAL_REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=local`,
				},
				body: JSON.stringify(request),
			});
		} catch (error) {
			throw new MillraceError("local-stack-failed", `The DynamoDB emulator at ${endpoint} does not answer.`, {
				cause: error,
			});
		}
		const body = asRecord(await response.json());
		if (response.ok) return body;
		const type = String(body["__type"] ?? response.status);
		throw new DynamoDbError(type.split("#").at(-1) ?? type, String(body["message"] ?? body["Message"] ?? ""));
	};
}

export function asRecord(value: unknown): Record<string, unknown> {
	return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
