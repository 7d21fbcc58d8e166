/**
 * The secrets that a parameter holds, one a line. Any line would be taken for one: of a key in PEM or a JSON document there would be lines that
 * everybody can guess, so a value with one that can't be a secret is refused whole. Pure.
 */

/** The least that is taken: of letters and digits some 95 bits, of which a guess has no chance. */
const SECRET_CHARACTERS_MIN = 16;
/** Of a key of the Standard Webhooks, after base64. */
const KEY_BYTES_MIN = 16;
const KEY_PREFIX = "whsec_";

/** No secret at all where the value is missing or empty. `flaw` never shows any of the value. */
export function readSecrets(value: string): { readonly secrets: readonly string[]; readonly flaw?: string } {
	const lines = value.split("\n").map((line) => line.trim());
	for (const [index, line] of lines.entries()) {
		const flaw = line === "" ? undefined : flawOf(line);
		if (flaw !== undefined) return { secrets: [], flaw: `line ${index + 1} ${flaw}` };
	}
	return { secrets: lines.filter((line) => line !== "") };
}

/** A secret of the standard's own form is base64; any other is taken as it stands. */
export const keyOf = (secret: string): Buffer =>
	secret.startsWith(KEY_PREFIX) ? Buffer.from(secret.slice(KEY_PREFIX.length), "base64") : Buffer.from(secret, "utf8");

function flawOf(line: string): string | undefined {
	if (line.length < SECRET_CHARACTERS_MIN) return `is shorter than ${SECRET_CHARACTERS_MIN} characters`;
	if (line.startsWith("-----BEGIN")) return "begins a key in PEM, which is no shared secret";
	// What is no text in UTF-8 was read as U+FFFD, any of it as the same.
	if (/[\p{Cc}\uFFFD]/u.test(line)) return "has characters that are no text";
	if (!line.startsWith(KEY_PREFIX)) return undefined;
	const key = keyOf(line);
	const isBase64 = unpadded(key.toString("base64")) === unpadded(line.slice(KEY_PREFIX.length));
	if (!isBase64) return `is no base64 after ${KEY_PREFIX}`;
	return key.length < KEY_BYTES_MIN ? `holds a key of fewer than ${KEY_BYTES_MIN} bytes` : undefined;
}

const unpadded = (base64: string): string => base64.replace(/={1,2}$/, "");
