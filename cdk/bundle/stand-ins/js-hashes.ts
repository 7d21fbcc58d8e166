/** Runs inside Lambda: stands for the SDK's hashes in JavaScript, which it takes where `node:crypto` has none. In Lambda it has. */
class NoHash {
	constructor() {
		throw new Error(
			"node:crypto has no MD5 or SHA-256 here, and this bundle was made without the SDK's hashes in JavaScript.",
		);
	}
}

export { NoHash as Md5Js, NoHash as Sha256Js };
