/** The machine's randomness: tokens from the cryptographic source, jitter from the cheap one. */
import { randomUUID } from "node:crypto";
import type { Random } from "../ports/random.ts";

export function createSystemRandom(): Random {
	return {
		unit: () => Math.random(),
		// 122 random bits. Node draws them for many at a time: randomBytes costs a system call's 10 µs for each.
		token: () => randomUUID(),
	};
}
