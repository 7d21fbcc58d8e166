/**
 * What S3 says when it refuses, as an error with the code for a name, such as `AccessDenied`. S3 answers in XML, of which four elements
 * are of interest. Nothing of an object gets in: answers that may carry one are not read.
 */

/** Read by the SDK's own judgement of what may be tried again. */
export interface S3Error extends Error {
	readonly $metadata: { readonly httpStatusCode: number };
}

export interface S3Refusal {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | undefined>>;
	readonly body: string;
	/** The region that was asked. */
	readonly region: string;
}

const messageCharactersMax = 500;

export function readS3Error({ status, headers, body: told, region }: S3Refusal): S3Error {
	const body = status < 300 ? "" : told;
	const code = textOf(body, "Code") ?? `HTTP ${status}`;
	const message = textOf(body, "Message") ?? "an answer without S3's error document";
	const request = headers["x-amz-request-id"] ?? textOf(body, "RequestId");
	const home = headers["x-amz-bucket-region"] ?? textOf(body, "Region");
	const parts = [
		`${message} (HTTP ${status}${request === undefined ? "" : `, request ${printable(request)}`})`,
		...(home === undefined || home === region
			? []
			: [`The bucket is in ${printable(home)}, and ${region} was asked: set AWS_REGION.`]),
	];
	return Object.assign(new Error(parts.join(" ")), { name: code, $metadata: { httpStatusCode: status } });
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The text of the first element with this name, on one line. S3's errors have no attributes, no CDATA and no nested elements of these names. */
function textOf(xml: string, element: "Code" | "Message" | "RequestId" | "Region"): string | undefined {
	const text = new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1];
	if (text === undefined) return undefined;
	return printable(text.replace(/&([a-z]+);/g, (entity, name: string) => entities[name] ?? entity));
}

/** Logs and terminals get one line of bounded length, whatever came. */
function printable(text: string): string {
	return text
		.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ")
		.trim()
		.slice(0, messageCharactersMax);
}
