import type { FastifyInstance } from 'fastify';
import type { Config } from '../config/config.js';
import { accessStages } from './access/access.js';
import type { ApiKeys } from './access/api-keys.js';
import type { Admission } from './admission.js';
import { compression } from './compression.js';
import { cors } from './cors.js';
import type { Delivery } from './delivery.js';
import { methods } from './methods.js';
import type { Requests } from './requests.js';
import type { Stage } from './stage.js';
import { timeLimit } from './time-limit.js';
import { wellFormed } from './well-formed.js';

/** What the stages are made of. */
export interface PipelineParts {
  readonly config: Readonly<Config>;
  readonly requests: Requests;
  readonly admission: Admission;
  readonly delivery: Delivery;
  /** Null where no key is asked for. */
  readonly keys: ApiKeys | null;
  /** Origins whose pages may read what we send. */
  readonly origins: readonly string[];
  /** Stages that only GraphQL's answers need, see graphql/http.ts. */
  readonly graphql: { readonly host: Stage; readonly tags: Stage };
}

/**
 * The way of every request, stage by stage, from top to bottom. Before the first one {@link Admission.guard} refuses
 * what there is no room for; after the last one the answer is sent, and {@link Requests} writes its line in the log.
 */
export function stagesOf(
  http: FastifyInstance,
  { config, requests, admission, delivery, keys, origins, graphql }: PipelineParts,
): Stage[] {
  const access = accessStages(keys, config);
  return [
    // The headers were read.
    requests.start,
    graphql.host,
    ...(origins.length > 0 ? [cors(origins)] : []),
    ...access.stages,
    wellFormed,
    // The body was read.
    methods(http),
    admission.stage,
    delivery.admission,
    timeLimit(config.REQUEST_TIMEOUT_MS),
    requests.scope,
    // The handler has answered.
    requests.worked,
    graphql.tags,
    delivery.start,
    ...access.answers,
    compression(),
  ];
}

/** Adds the stages to a server, which runs those of a kind in this order. */
export async function addStages(http: FastifyInstance, stages: readonly Stage[]): Promise<void> {
  for (const { onRequest, preHandler, onSend, plugin } of stages) {
    if (onRequest) http.addHook('onRequest', onRequest);
    if (preHandler) http.addHook('preHandler', preHandler);
    if (onSend) http.addHook('onSend', onSend);
    await plugin?.(http);
  }
}
