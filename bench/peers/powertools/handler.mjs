// The pipeline an AWS team would write today for one SQS queue: Powertools batch processing, records parsed by zod, each
// performed through Powertools idempotency on DynamoDB, behind middy. Written as its documentation advises, with the
// faster of the documented forms where there are two: the record schema is extended once, not per record.
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { parser } from "@aws-lambda-powertools/batch/parser";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { JSONStringified } from "@aws-lambda-powertools/parser/helpers";
import { SqsRecordSchema } from "@aws-lambda-powertools/parser/schemas/sqs";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import middy from "@middy/core";
import * as z from "zod";

const message = z.object({ job: z.literal("noop_task"), id: z.string(), input: z.object({ n: z.int() }) });

/** The client is exported for the request counter. */
export const client = new DynamoDBClient({});
const persistenceStore = new DynamoDBPersistenceLayer({
	tableName: process.env.BENCH_IDEMPOTENCY_TABLE,
	awsSdkV3Client: client,
});
const config = new IdempotencyConfig({ eventKeyJmesPath: "id" });
const processor = new BatchProcessor(EventType.SQS, {
	parser,
	schema: SqsRecordSchema.extend({ body: JSONStringified(message) }),
});

const perform = makeIdempotent(async ({ input }) => ({ doubled: input.n * 2 }), { persistenceStore, config });

export const handler = middy().handler(async (event, context) => {
	config.registerLambdaContext(context);
	return processPartialResponse(event, (record) => perform(record.body), processor, { context });
});
