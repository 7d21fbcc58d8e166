/** Both services on this machine, to see the example work: a list of sixty subscribers, and a mail service that says how many letters it is taking at once. */
import { createServer } from "node:http";

const DELIVERY_MS = 300;
const subscribers = Array.from({ length: 60 }, (_, index) => ({
	email: `${index}@example.com`,
	name: `Reader ${index}`,
}));

let taking = 0;
createServer((request, response) => {
	response.setHeader("content-type", "application/json");
	if (request.method === "GET") {
		response.end(JSON.stringify({ subscribers }));
		return;
	}
	taking += 1;
	process.stdout.write(`${"#".repeat(taking)} ${taking} at once\n`);
	setTimeout(() => {
		taking -= 1;
		response.end("{}");
	}, DELIVERY_MS);
}).listen(8080, "127.0.0.1");
