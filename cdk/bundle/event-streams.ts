/**
 * Leaves the SDK's event streams out of bundles that have no use for them: 18 KB, most of it behind a dynamic import that every client has.
 * With them go the chunk into which esbuild puts what both sides might need, and `node:zlib`, which that chunk loads for the streams' checksums
 * alone. Measured for a worker, 60 alternating processes: 60.6 → 57.8 ms of CPU at import.
 *
 * Clients with event streams import them statically besides, so it is known after a build whether they were rightly left out, or rightly kept.
 */
import { fileURLToPath } from "node:url";
import type { Metafile, Plugin } from "esbuild";

const streams = fileURLToPath(new URL("stand-ins/event-streams.ts", import.meta.url));
const headers = fileURLToPath(new URL("stand-ins/event-headers.ts", import.meta.url));

/** What is asked for, as its importer spells it. */
interface Asked {
	readonly path: string;
	readonly kind: string;
	readonly importer: string;
}

const asksForStreams = /^@smithy\/core\/event-streams$/;
const asksForHeaders = /^\.\/HeaderFormatter$/;

function standInFor({ path, kind, importer }: Asked): string | undefined {
	if (asksForStreams.test(path) && kind === "dynamic-import") return streams;
	// The signer of requests is one class with that of their messages.
	if (asksForHeaders.test(path) && /@smithy[\\/]signature-v4[\\/]/.test(importer)) return headers;
	return undefined;
}

export const withoutEventStreams: Plugin = {
	name: "without-event-streams",
	setup(build) {
		for (const filter of [asksForStreams, asksForHeaders]) {
			build.onResolve({ filter }, (asked) => {
				const path = standInFor(asked);
				return path === undefined ? undefined : { path };
			});
		}
	},
};

/** Whether anything in the bundle imports them that would have no stand-in. A bundle that was made with and one that was made without say the same. */
export function needsEventStreams({ inputs }: Metafile, entry: string): boolean {
	const reached = new Set([entry]);
	// A set's iteration comes to what is added on the way.
	for (const importer of reached) {
		for (const { path, kind, original = path } of inputs[importer]?.imports ?? []) {
			if (standInFor({ path: original, kind, importer }) === undefined) reached.add(path);
		}
	}
	return [...reached].some((source) => /node_modules\/@smithy\/core\/.*\/event-streams\//.test(source));
}
