/** Makes a value when it is first asked for: schemas of rare paths cost a cold start otherwise. */
export function lazily<Value>(make: () => Value): () => Value {
	let made: { readonly value: Value } | undefined;
	return () => {
		made ??= { value: make() };
		return made.value;
	};
}
