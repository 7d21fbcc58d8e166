/** The process of the portable DynamoDB emulator: `node dynalite-process.ts PORT [FOLDER]`. It ends when its parent lets go of it. */
import type { RequestListener, Server } from "node:http";
import { createRequire } from "node:module";
import { strangerIn } from "../loopback.ts";

const dynalite: (options: {
	readonly path?: string;
	readonly createTableMs: number;
	readonly deleteTableMs: number;
	readonly updateTableMs: number;
}) => Server = createRequire(import.meta.url)("dynalite");

const [port, path] = process.argv.slice(2);
const server = dynalite({
	...(path === undefined ? {} : { path }),
	createTableMs: 0,
	deleteTableMs: 0,
	updateTableMs: 0,
});
const answers = server.listeners("request") as RequestListener[];
server.removeAllListeners("request").on("request", (request, response) => {
	// It would let pages of all sites in, by CORS.
	if (strangerIn(request.headers) !== undefined) response.writeHead(403).end();
	else for (const answer of answers) void answer(request, response);
});
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("dynalite listening\n"));

process.once("disconnect", () => {
	// Closing the store writes what LevelDB still holds; a connection that stays open must not keep the process.
	server.close(() => process.exit(0));
	server.closeAllConnections();
});
