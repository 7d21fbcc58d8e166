// Imports the module named on the command line once and prints how many milliseconds that took: what a cold start pays
// after Node itself has started. A plain file, so that nothing but the module is measured.
import { pathToFileURL } from "node:url";

const url = pathToFileURL(process.argv[2]).href;
const before = process.cpuUsage();
const started = performance.now();
await import(url);
const importMs = performance.now() - started;
const { user, system } = process.cpuUsage(before);
process.send({ importMs, cpuMs: (user + system) / 1000 });
process.disconnect();
// Handlers may keep timers or sockets open; nothing more is wanted of this process.
process.exit(0);
