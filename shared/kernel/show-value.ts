/** How a value that was got is quoted in an error message. */
import { cutToBytes } from "./json.ts";

const SHOWN_TEXT_BYTES_MAX = 60;

/** A value as it is shown in a message: JSON, briefly: these lines go into logs, dead letters and terminals. */
export function showValue(value: unknown): string {
	if (value === undefined) return "nothing";
	if (typeof value === "string") return quote(value);
	if (typeof value === "bigint") return `${value}n`;
	if (typeof value === "function") return "a function";
	if (typeof value === "symbol") return "a symbol";
	if (Array.isArray(value)) return `an array of ${value.length}`;
	if (typeof value === "object" && value !== null) return describeObject(value);
	return String(value);
}

function describeObject(value: object): string {
	const prototype: unknown = Object.getPrototypeOf(value);
	if (prototype === null || prototype === Object.prototype) return `an object of ${Object.keys(value).length}`;
	const maker = value.constructor;
	return typeof maker === "function" && maker.name !== "" ? `a ${maker.name}` : "an object";
}

/** A text as JSON, cut. */
export function quote(text: string): string {
	return JSON.stringify(cutToBytes(text, SHOWN_TEXT_BYTES_MAX));
}
