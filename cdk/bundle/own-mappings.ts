/**
 * Cuts a source map down to the project's own files. With `--enable-source-maps` Node reads and parses the whole map when it imports a
 * bundle, so every cold start pays for it; nine tenths of it are about dependencies, whose frames then name the bundle instead.
 *
 * Format: https://tc39.es/ecma426/#sec-mappings. A segment is 1, 4 or 5 differences to the segment before: column in the bundle, number of
 * the source, line and column in it, number of the name. A segment of the column alone says that nothing is known from there on.
 */

interface SourceMap {
	readonly sources: readonly string[];
	readonly names: readonly string[];
	readonly mappings: string;
}

/** A place in each of the five fields. */
type Fields = [column: number, source: number, line: number, sourceColumn: number, name: number];

/** `undefined` when nothing of the project is in it. What is kept is kept to the column. */
export function keepOwnMappings(json: string): string | undefined {
	const map = JSON.parse(json) as SourceMap;
	const own = map.sources.map(isOwn);
	if (!own.includes(true)) return undefined;
	const sources = numberAnew(map.sources);
	const names = numberAnew(map.names);
	const read: Fields = [0, 0, 0, 0, 0];
	const written: Fields = [0, 0, 0, 0, 0];
	/** Whether a place without a segment of its own would now be taken for the project's. */
	let open = false;

	function write(fields: readonly number[]): string {
		return fields
			.map((value, field) => {
				const difference = value - (written[field] ?? 0);
				written[field] = value;
				return encode(difference);
			})
			.join("");
	}

	function rewriteSegment(segment: string): string | undefined {
		const differences = decode(segment);
		differences.forEach((difference, field) => {
			read[field] = (read[field] ?? 0) + difference;
		});
		const [column, source, line, sourceColumn, name] = read;
		if (differences.length > 1 && own[source] === true) {
			open = true;
			const place = [column, sources.numberOf(source), line, sourceColumn];
			return write(differences.length === 5 ? [...place, names.numberOf(name)] : place);
		}
		if (!open) return undefined;
		open = false;
		return write([column]);
	}

	const lines = map.mappings.split(";").map((line) => {
		read[0] = 0;
		written[0] = 0;
		const segments = line === "" ? [] : line.split(",");
		return segments
			.map(rewriteSegment)
			.filter((segment) => segment !== undefined)
			.join(",");
	});
	return JSON.stringify({ version: 3, sources: sources.kept, names: names.kept, mappings: lines.join(";") });
}

/** Dependencies, and modules that a plugin made up, are not the project's. */
const isOwn = (source: string): boolean => !/(^|\/)node_modules\/|^[a-z-]+:/.test(source);

/** New numbers for those of the texts that are still wanted, in the order in which they are asked for. */
function numberAnew(texts: readonly string[]) {
	const numbers = new Map<number, number>();
	const kept: string[] = [];
	return {
		kept,
		numberOf(old: number): number {
			const known = numbers.get(old);
			if (known !== undefined) return known;
			numbers.set(old, kept.length);
			return kept.push(texts[old] ?? "") - 1;
		},
	};
}

/** Base64 VLQ: five bits a digit, the lowest first, the sixth says that more follow; of the value, the lowest bit is the sign. */
const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const valuesOfDigits = new Map([...digits].map((digit, value) => [digit, value]));

function decode(segment: string): readonly number[] {
	const values: number[] = [];
	let value = 0;
	let shift = 0;
	for (const digit of segment) {
		const bits = valuesOfDigits.get(digit) ?? 0;
		value += (bits & 31) << shift;
		shift += 5;
		if (bits >= 32) continue;
		values.push(value & 1 ? -(value >> 1) : value >> 1);
		value = 0;
		shift = 0;
	}
	return values;
}

function encode(value: number): string {
	let rest = value < 0 ? (-value << 1) | 1 : value << 1;
	let text = "";
	do {
		const bits = rest & 31;
		rest >>= 5;
		text += digits[rest > 0 ? bits | 32 : bits];
	} while (rest > 0);
	return text;
}
