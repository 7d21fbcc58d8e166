/** Whole numbers as bytes, seven bits each, low ones first: small numbers take one byte. Works to 2^53, so without bit operators. */

export function createByteWriter() {
	let buffer = new Uint8Array(256);
	let length = 0;
	const byte = (value: number): void => {
		if (length === buffer.length) {
			const larger = new Uint8Array(buffer.length * 2);
			larger.set(buffer);
			buffer = larger;
		}
		buffer[length++] = value;
	};
	return {
		/** A whole number from 0. */
		unsigned(value: number): void {
			let rest = value;
			while (rest >= 0x80) {
				byte((rest % 0x80) + 0x80);
				rest = Math.floor(rest / 0x80);
			}
			byte(rest);
		},
		/** Any whole number: the sign and the lowest six bits in one byte, the rest after it. Doubling would leave the safe integers. */
		signed(value: number): void {
			const magnitude = Math.abs(value);
			const rest = Math.floor(magnitude / 0x40);
			byte((magnitude % 0x40) * 2 + (value < 0 ? 1 : 0) + (rest > 0 ? 0x80 : 0));
			if (rest > 0) this.unsigned(rest);
		},
		bytes(values: Uint8Array): void {
			for (const value of values) byte(value);
		},
		get length(): number {
			return length;
		},
		finish: (): Uint8Array => buffer.slice(0, length),
	};
}

/** Reads what the writer wrote. @throws RangeError when the bytes end too early. */
export function createByteReader(buffer: Uint8Array, start = 0) {
	let position = start;
	const byte = (): number => {
		const value = buffer[position++];
		if (value === undefined) throw new RangeError(`The bytes end at ${buffer.length}, in the middle of a number`);
		return value;
	};
	return {
		unsigned(): number {
			let value = 0;
			let scale = 1;
			for (;;) {
				const next = byte();
				if (next < 0x80) return value + next * scale;
				value += (next - 0x80) * scale;
				scale *= 0x80;
			}
		},
		signed(): number {
			const first = byte();
			const rest = first >= 0x80 ? this.unsigned() : 0;
			const magnitude = rest * 0x40 + Math.floor((first % 0x80) / 2);
			return first % 2 === 1 ? -magnitude : magnitude;
		},
		bytes(count: number): Uint8Array {
			if (position + count > buffer.length)
				throw new RangeError(`The bytes end at ${buffer.length}, ${count} were expected`);
			position += count;
			return buffer.subarray(position - count, position);
		},
		get atEnd(): boolean {
			return position >= buffer.length;
		},
	};
}
