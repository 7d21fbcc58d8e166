/**
 * DynamoDB's JSON as it stands in the adapters: their inputs have the wire's own shape (`{S: …}`, `{N: …}`, no binary, no dates), so a request is
 * `JSON.stringify` and an answer `JSON.parse`. The SDK's codec walks a schema over every value instead, to convert what these inputs don't
 * hold. Everything else of the client (endpoint, signature, retries, errors) stays the SDK's. For producers and operators: a worker does
 * without the client's middleware too (direct-dynamo-db.ts).
 * For clients of the runs table only: an input with a Uint8Array or a Date would be spelled wrongly.
 */
import { AwsJson1_0Protocol } from "@aws-sdk/core/protocols";
import { collectBody } from "@smithy/core/protocols";

type Serialize = AwsJson1_0Protocol["serializeRequest"];
type Deserialize = AwsJson1_0Protocol["deserializeResponse"];

export class PlainJsonProtocol extends AwsJson1_0Protocol {
	override async serializeRequest(...[operation, input, context]: Parameters<Serialize>): ReturnType<Serialize> {
		const request = await super.serializeRequest(operation, {}, context);
		request.body = Buffer.from(JSON.stringify(input));
		return request;
	}

	override async deserializeResponse<Output>(
		...[operation, context, response]: Parameters<Deserialize>
	): Promise<Output & { $metadata: object }> {
		if (response.statusCode !== 200) return super.deserializeResponse(operation, context, response);
		const bytes = await collectBody(response.body, context);
		return { ...JSON.parse(Buffer.from(bytes).toString("utf8")), $metadata: this.deserializeMetadata(response) };
	}
}
