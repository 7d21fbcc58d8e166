/**
 * SQS and S3 on one port of the loopback interface, by fauxqs in this process. With a data folder, queues, messages and objects
 * are found again after a restart. Where fauxqs lets pass what AWS refuses, the request is refused here.
 */
import { buildApp } from "fauxqs";
import { MillraceError } from "../../shared/kernel/errors.ts";
import type { QueuePlan } from "../assembly/read-queue.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../assembly/resolve.ts";
import { strangerIn } from "../loopback.ts";
import { loadFauxqsParts, type SqsQueue } from "./fauxqs-parts.ts";
import { createMessageQueue, type MessageQueue } from "./message-queue.ts";
import { refuseWhatAwsRefuses } from "./stricter-rules.ts";

export interface MessageServer {
	readonly endpoint: string;
	queueUrl(name: string): string;
	/** Makes the queue, or finds it again and gives it the attributes of the template. */
	ensureQueue(plan: QueuePlan): MessageQueue;
	ensureBucket(name: string): void;
	/** Every queue, also those that were made over HTTP. */
	allQueues(): readonly MessageQueue[];
	stop(): Promise<void>;
}

export async function startMessageServer(options: {
	readonly dataDir: string | undefined;
	readonly port: number;
}): Promise<MessageServer> {
	const parts = await loadFauxqsParts();
	const stores = parts.createStores();
	const { sqsStore, s3Store } = stores;
	const queues = new Map<SqsQueue, MessageQueue>();

	const app = buildApp({ logger: false, stores, defaultRegion: LOCAL_REGION });
	app.addHook("onRequest", async (request, reply) => {
		const stranger = strangerIn(request.headers);
		return stranger === undefined ? undefined : reply.status(403).send({ message: stranger });
	});
	refuseWhatAwsRefuses(app, s3Store);
	const endpoint = await app.listen({ host: "127.0.0.1", port: options.port }).catch((error: unknown) => {
		throw new MillraceError(
			"local-stack-failed",
			`Port ${options.port} for SQS and S3 could not be opened (${error instanceof Error ? error.message : error}). Choose another, or none for any free one.`,
			{ details: { port: options.port }, cause: error },
		);
	});
	const queueUrl = (name: string): string => `${endpoint}/${LOCAL_ACCOUNT}/${name}`;

	// Queues get URLs that any SDK reaches, also the stored ones whose URL has the port of an earlier run.
	const createQueue = sqsStore.createQueue.bind(sqsStore);
	sqsStore.createQueue = (name, _url, arn, attributes, tags) => {
		const queue = createQueue(name, queueUrl(name), arn, attributes, tags);
		queues.set(
			queue,
			createMessageQueue(queue, (deadLetterArn) => sqsStore.getQueueByArn(deadLetterArn)),
		);
		return queue;
	};

	const persistence = options.dataDir === undefined ? undefined : parts.openPersistence(options.dataDir);
	if (persistence !== undefined) {
		// Loaded before the stores write through, else every loaded row would be written again.
		persistence.load(sqsStore, stores.snsStore, s3Store);
		sqsStore.persistence = persistence;
		stores.snsStore.persistence = persistence;
		s3Store.persistence = persistence;
		for (const queue of sqsStore.allQueues()) queue.persistence = persistence;
	}

	return {
		endpoint,
		queueUrl,
		ensureQueue(plan) {
			const arn = `arn:aws:sqs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${plan.name}`;
			let queue = sqsStore.getQueueByArn(arn);
			if (queue === undefined)
				queue = sqsStore.createQueue(plan.name, queueUrl(plan.name), arn, { ...plan.attributes });
			else queue.setAttributes({ RedrivePolicy: "", ...plan.attributes });
			const found = queues.get(queue);
			if (found === undefined) throw new Error(`Unreachable: the queue ${plan.name} was not wrapped`);
			return found;
		},
		ensureBucket(name) {
			if (!s3Store.hasBucket(name)) s3Store.createBucket(name);
		},
		allQueues: () => [...queues.values()],
		async stop() {
			for (const queue of queues.values()) queue.close();
			await app.close();
			persistence?.close();
		},
	};
}
