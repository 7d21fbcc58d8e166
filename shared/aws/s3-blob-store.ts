/**
 * The blob store on one S3 bucket. The S3 client is imported on first use: its 300 KB are a chunk of the bundle that most invocations
 * never load.
 * The role needs `s3:ListBucket` beside `s3:GetObject`: without it S3 answers "access denied" for an object that does not exist.
 */
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { utf8Bytes } from "../kernel/json.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { awsFailure, nameOfError } from "./aws-error.ts";

export interface S3BlobStoreOptions {
	readonly bucket: string;
	/** How to make the client on first use. Default: region, credentials and endpoint of the environment. */
	readonly config?: S3ClientConfig;
	/** A client that exists already. Default: none. */
	readonly client?: S3Client;
}

export function createS3BlobStore({ bucket, config = {}, client: given }: S3BlobStoreOptions): BlobStore {
	let client = given;

	async function connect() {
		const sdk = await import("@aws-sdk/client-s3");
		client ??= new sdk.S3Client(config);
		return { ...sdk, client };
	}

	return {
		async put(key, text) {
			try {
				const s3 = await connect();
				await s3.client.send(
					new s3.PutObjectCommand({
						Bucket: bucket,
						Key: key,
						Body: text,
						// Else the SDK takes an empty text for a stream of unknown length.
						ContentLength: utf8Bytes(text),
						ContentType: key.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8",
					}),
				);
			} catch (error) {
				throw awsFailure("blob-failed", `S3 PutObject of ${key} to bucket ${bucket}`, error);
			}
		},
		async get(key) {
			try {
				const s3 = await connect();
				const answer = await s3.client.send(new s3.GetObjectCommand({ Bucket: bucket, Key: key }));
				return await answer.Body?.transformToString("utf-8");
			} catch (error) {
				if (nameOfError(error) === "NoSuchKey") return undefined;
				throw awsFailure("blob-failed", `S3 GetObject of ${key} from bucket ${bucket}`, error);
			}
		},
	};
}
