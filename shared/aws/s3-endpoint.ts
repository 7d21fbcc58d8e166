/**
 * Where the objects of a bucket are, by the rules of S3's own client: the endpoint that was given or that the environment or profile names,
 * with the bucket in the path; else AWS's of the region, with the bucket in the host name where TLS allows it.
 * Rejected: S3's generated endpoint rules, 18 KB for access points, Outposts, Express and accelerated transfer.
 */

import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isVirtualHostableS3Bucket, partition } from "@aws-sdk/core/client";
import { configuredEndpoint } from "./aws-endpoint.ts";

export interface S3Endpoint {
	readonly region: string;
	/** Scheme, host and port. */
	readonly url: URL;
	/** What stands before an object's key in the path, from "/" to "/". */
	readonly prefix: string;
}

/**
 * @param lender An SDK client of the same account: its region and its wishes for FIPS and dual stack are the bucket's too.
 * @param given An endpoint that goes before all others.
 */
export async function findS3Endpoint(
	bucket: string,
	lender: Pick<DynamoDBClient, "config">,
	given: string | undefined,
): Promise<S3Endpoint> {
	const { config } = lender;
	const region = await config.region();
	const endpoint = given ?? (await configuredEndpoint(config, "S3"));
	if (endpoint !== undefined) {
		const url = new URL(endpoint);
		return { region, url, prefix: `${url.pathname.replace(/\/$/, "")}/${bucket}/` };
	}
	const service = [
		(await config.useFipsEndpoint()) ? "s3-fips" : "s3",
		...((await config.useDualstackEndpoint()) ? ["dualstack"] : []),
	].join(".");
	const host = `${service}.${region}.${partition(region).dnsSuffix}`;
	// The certificate's wildcard stands for one label: a bucket's name with dots does not fit.
	return isVirtualHostableS3Bucket(bucket)
		? { region, url: new URL(`https://${bucket}.${host}`), prefix: "/" }
		: { region, url: new URL(`https://${host}`), prefix: `/${bucket}/` };
}
