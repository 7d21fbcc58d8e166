/**
 * Runs inside Lambda: stands for mnemonist's LRU cache below DynamoDB's endpoint discovery, which is off unless asked for, and which keeps
 * one entry for each operation and key: of a 1,000 places, a handful.
 */

// biome-ignore lint/style/noDefaultExport: the SDK imports mnemonist's default export.
export default class LruCache<Value> {
	readonly #capacity: number;
	readonly #entries = new Map<string, Value>();

	constructor(capacity: number) {
		this.#capacity = capacity;
	}

	has(key: string): boolean {
		return this.#entries.has(key);
	}

	peek(key: string): Value | undefined {
		return this.#entries.get(key);
	}

	get(key: string): Value | undefined {
		const value = this.#entries.get(key);
		if (value !== undefined) this.set(key, value);
		return value;
	}

	set(key: string, value: Value): void {
		this.#entries.delete(key);
		this.#entries.set(key, value);
		// A map iterates in the order of insertion.
		for (const [oldest] of this.#entries) {
			if (this.#entries.size <= this.#capacity) return;
			this.#entries.delete(oldest);
		}
	}

	clear(): void {
		this.#entries.clear();
	}
}
