/**
 * SHA-256 for an SDK client's signatures, by Node's one-shot hash. The SDK's own makes a stream for each hash and copies it to read it, and
 * hands Node raw keys, which it wraps anew for each of a request's three HMACs: together a twentieth of a handler's CPU.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";

type Secret = string | ArrayBuffer | ArrayBufferView;

/** The SDK keeps a day's signing key as one array; a secret access key is a text, of which there is one at a time. */
const ofArrays = new WeakMap<object, KeyObject>();
let ofText: { readonly secret: string; readonly key: KeyObject } | undefined;

function keyOf(secret: Secret): KeyObject {
	if (typeof secret === "string") {
		if (ofText?.secret !== secret) ofText = { secret, key: createSecretKey(secret, "utf8") };
		return ofText.key;
	}
	const known = ofArrays.get(secret);
	if (known !== undefined) return known;
	const bytes = ArrayBuffer.isView(secret)
		? Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength)
		: Buffer.from(secret);
	const key = createSecretKey(bytes);
	ofArrays.set(secret, key);
	return key;
}

export class OneShotSha256 {
	readonly digestLength = 32;
	readonly #secret: Secret | undefined;
	#chunks: Uint8Array[] = [];

	constructor(secret?: Secret) {
		this.#secret = secret;
	}
	update(chunk: Uint8Array): void {
		this.#chunks.push(chunk);
	}
	async digest(): Promise<Uint8Array> {
		const [first] = this.#chunks;
		const data = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
		return this.#secret === undefined
			? hash("sha256", data, "buffer")
			: createHmac("sha256", keyOf(this.#secret)).update(data).digest();
	}
	reset(): void {
		this.#chunks = [];
	}
}
