/** How a tenant is named to SQS, whose fair queues share capacity between message groups. */
import { sha256Hex } from "../kernel/sha256.ts";

/** What SQS allows as a MessageGroupId: letters, digits and punctuation of ASCII. */
const allowed = /^[\x21-\x7e]{1,128}$/;

/** A tenant's name as MessageGroupId; one that SQS would refuse stands there as its hash. */
export const messageGroupOf = (tenant: string): string => (allowed.test(tenant) ? tenant : sha256Hex(tenant));
