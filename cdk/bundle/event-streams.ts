/**
 * Leaves the SDK's event streams out of bundles that have no use for them: 18 KB, most of it behind a dynamic import that every client has.
 * With them go the chunk into which esbuild puts what both sides might need, and `node:zlib`, which that chunk loads for the streams' checksums
 * alone. Measured for a worker, 60 alternating processes: 60.6 → 57.8 ms of CPU at import.
 *
 * Clients with event streams import them statically besides, so it is known after a first build whether they were rightly left out.
 */
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

const streams = fileURLToPath(new URL("stand-ins/event-streams.ts", import.meta.url));
const headers = fileURLToPath(new URL("stand-ins/event-headers.ts", import.meta.url));

export const withoutEventStreams: Plugin = {
	name: "without-event-streams",
	setup(build) {
		build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ kind }) =>
			kind === "dynamic-import" ? { path: streams } : undefined,
		);
		// The signer of requests is one class with that of their messages.
		build.onResolve({ filter: /^\.\/HeaderFormatter$/ }, ({ importer }) =>
			/@smithy[\\/]signature-v4[\\/]/.test(importer) ? { path: headers } : undefined,
		);
	},
};

/** @param sources What went into the bundle that was made without. */
export const needsEventStreams = (sources: readonly string[]): boolean =>
	sources.some((source) => /node_modules\/@smithy\/core\/.*\/event-streams\//.test(source));
