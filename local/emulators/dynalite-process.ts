/** The process of the portable DynamoDB emulator: `node dynalite-process.ts PORT [FOLDER]`. It ends when its parent lets go of it. */
import type { Server } from "node:http";
import { createRequire } from "node:module";

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
server.listen(Number(port), "127.0.0.1", () => process.stdout.write("dynalite listening\n"));

process.once("disconnect", () => {
	// Closing the store writes what LevelDB still holds; a connection that stays open must not keep the process.
	server.close(() => process.exit(0));
	server.closeAllConnections();
});
