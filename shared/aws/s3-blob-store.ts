/**
 * The blob store on one S3 bucket.
 * The role needs `s3:ListBucket` beside `s3:GetObject`: without it S3 answers "access denied" for an object that does not exist.
 */
import type { BlobStore } from "../ports/blob-store.ts";
import { awsFailure, nameOfError } from "./aws-error.ts";
import { createS3Requests, type S3Access } from "./s3-requests.ts";

export function createS3BlobStore(access: S3Access): BlobStore {
	const { bucket } = access;
	const send = createS3Requests(access);
	return {
		async put(key, text) {
			try {
				await send(key, {
					body: Buffer.from(text, "utf8"),
					contentType: key.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8",
				});
			} catch (error) {
				throw awsFailure("blob-failed", `S3 PutObject of ${key} to bucket ${bucket}`, error);
			}
		},
		async get(key) {
			try {
				return await send(key);
			} catch (error) {
				if (nameOfError(error) === "NoSuchKey") return undefined;
				throw awsFailure("blob-failed", `S3 GetObject of ${key} from bucket ${bucket}`, error);
			}
		},
	};
}
