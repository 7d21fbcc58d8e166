/** The machine's randomness: tokens from the cryptographic source, jitter from the cheap one. */
import { randomBytes } from "node:crypto";
import type { Random } from "../ports/random.ts";

/** 120 random bits are exactly 20 characters of base64url, all of them allowed in a run id. */
const TOKEN_BYTES = 15;

export function createSystemRandom(): Random {
	return {
		unit: () => Math.random(),
		token: () => randomBytes(TOKEN_BYTES).toString("base64url"),
	};
}
