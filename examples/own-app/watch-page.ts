/** A producer with types: `node watch-page.ts https://example.com` has a page looked at on AWS and tells what was found. */
import { connectPlatform, createClient } from "millrace/client";
import { catalogue } from "./catalogue.ts";
import { checkPage } from "./jobs/definitions.ts";

const [url] = process.argv.slice(2);
if (url === undefined) throw new Error("Which page? node watch-page.ts https://example.com");

const client = createClient({ catalogue, ...(await connectPlatform({ stack: "PageWatch" })) });
const { id } = await client.enqueue(checkPage, { url });
await client.wait(id);
const { status, tookMs } = await client.result(checkPage, id);
console.log(`${url} answered ${status} after ${tookMs} ms`);
