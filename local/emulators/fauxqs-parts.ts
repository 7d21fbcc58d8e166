/**
 * The stores inside fauxqs. Its package exports `buildApp({ stores })` but not the stores' constructors, and `startFauxqs` keeps its own
 * to itself (and listens on every network interface), so they are loaded by path. The version is pinned exactly, and what is
 * used of them is checked here, so that an update that moves them says so instead of misbehaving.
 */
import { DatabaseSync } from "node:sqlite";
import type { buildApp } from "fauxqs";
import { MillraceError } from "../../shared/kernel/errors.ts";

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;
type SqsStore = Stores["sqsStore"];
type SnsStore = Stores["snsStore"];
export type S3Store = Stores["s3Store"];
export type SqsQueue = NonNullable<ReturnType<SqsStore["getQueueByName"]>>;
export type SqsMessage = Parameters<SqsQueue["enqueue"]>[0];
type Persistence = NonNullable<SqsStore["persistence"]>;

export interface FauxqsParts {
	readonly createStores: () => Stores;
	/** Opens (or makes) the database in a folder. */
	readonly openPersistence: (dataDir: string) => Persistence;
}

export async function loadFauxqsParts(): Promise<FauxqsParts> {
	const base = import.meta.resolve("fauxqs");
	const load = (path: string): Promise<Record<string, unknown>> => import(new URL(path, base).href);
	const [sqs, sns, s3, persistence, sqsTypes] = await Promise.all([
		load("./sqs/sqsStore.js"),
		load("./sns/snsStore.js"),
		load("./s3/s3Store.js"),
		load("./persistence.js"),
		load("./sqs/sqsTypes.js"),
	]);
	allowEmoji(sqsTypes["INVALID_MESSAGE_BODY_CHAR"]);
	const SqsStoreClass = constructorOf<[], SqsStore>(sqs, "SqsStore", ["createQueue", "getQueueByArn", "allQueues"]);
	const SnsStoreClass = constructorOf<[], SnsStore>(sns, "SnsStore", []);
	const S3StoreClass = constructorOf<[], S3Store>(s3, "S3Store", ["createBucket", "hasBucket", "headObject"]);
	const PersistenceClass = constructorOf<[string], Persistence>(persistence, "PersistenceManager", [
		"load",
		"close",
		"updateMessageReady",
	]);
	return {
		createStores: () => ({ sqsStore: new SqsStoreClass(), snsStore: new SnsStoreClass(), s3Store: new S3StoreClass() }),
		openPersistence: (dataDir) => repair(new PersistenceClass(dataDir)),
	};
}

/**
 * SQS takes all of XML 1.0's characters. fauxqs tests UTF-16 units one by one and so refuses the pairs that spell an emoji; all its
 * checks share this one expression.
 */
function allowEmoji(refused: unknown): void {
	if (!(refused instanceof RegExp)) throw unknownVersion("expression for characters that SQS refuses");
	const outsideXml = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;
	Object.defineProperty(refused, "test", { configurable: true, value: (text: string) => outsideXml.test(text) });
}

function constructorOf<Arguments extends unknown[], Instance>(
	module: Record<string, unknown>,
	name: string,
	methods: readonly string[],
): new (
	...parameters: Arguments
) => Instance {
	const found = module[name];
	if (isConstructor<Arguments, Instance>(found) && methods.every((method) => method in found.prototype)) return found;
	throw unknownVersion(name);
}

const unknownVersion = (what: string): MillraceError =>
	new MillraceError(
		"local-stack-failed",
		`fauxqs has no ${what} as this project knows it. Install the exact version that package.json names (\`npm ci\`).`,
	);

function isConstructor<Arguments extends unknown[], Instance>(
	value: unknown,
): value is (new (...parameters: Arguments) => Instance) & { readonly prototype: object } {
	return typeof value === "function" && typeof value.prototype === "object";
}

/** Two things differ from fauxqs's own: commits don't wait for the disk (a killed process loses nothing, a power cut may), and `ChangeMessageVisibility 0` works. */
function repair(persistence: Persistence): Persistence {
	const database: unknown = Reflect.get(persistence, "db");
	if (!(database instanceof DatabaseSync)) throw unknownVersion("SQLite database");
	database.exec("PRAGMA synchronous = NORMAL");
	const toReady = database.prepare(
		"UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?",
	);
	persistence.updateMessageReady = (messageId) => {
		toReady.run(messageId);
	};
	return persistence;
}
