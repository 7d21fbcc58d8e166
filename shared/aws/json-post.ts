/** The one kind of request that services with AWS's JSON protocol take: the operation in a header, its input as the body. */
import { HttpRequest } from "@smithy/core/protocols";

/** @param target The service's name and the operation's: "DynamoDB_20120810.GetItem". */
export function jsonPost(at: URL, target: string, input: object): HttpRequest {
	const body = Buffer.from(JSON.stringify(input));
	return new HttpRequest({
		method: "POST",
		protocol: at.protocol,
		hostname: at.hostname,
		...(at.port === "" ? {} : { port: Number(at.port) }),
		path: at.pathname,
		headers: {
			host: at.host,
			"user-agent": "millrace",
			"content-type": "application/x-amz-json-1.0",
			"content-length": String(body.byteLength),
			"x-amz-target": target,
		},
		body,
	});
}
