/** The cases that properties are tried on: the same in every run, or others each time with PROPERTY_SEED=random, or those of a seed. */
import fc from "fast-check";

const wanted = process.env["PROPERTY_SEED"] || "20261122";
if (wanted !== "random") {
	const seed = Number(wanted);
	if (!Number.isInteger(seed)) throw new Error(`PROPERTY_SEED is "${wanted}"; it can be "random" or a whole number.`);
	fc.configureGlobal({ seed });
}
