import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { CallToolRequestSchema, type CallToolResult, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import type { ModuleRef } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ApiError, toApiError } from '../../base/errors.js';
import { noteProblem } from '../../http/problem.js';
import { MARKET_TOOLS } from './market-tools.js';
import { OTHER_TOOLS } from './other-tools.js';
import { RestRoutes } from './rest-routes.js';
import { checked, listed, type Tool } from './tool.js';
import { written } from './tool-answer.js';

const TOOLS: ReadonlyMap<string, Tool> = new Map([...MARKET_TOOLS, ...OTHER_TOOLS].map((tool) => [tool.name, tool]));
const LISTED = [...TOOLS.values()].map(listed);

const ABOUT = { name: 'tetra-query-api', title: 'Tetra Query API', version: '1' };
const INSTRUCTIONS =
  'Market prices, economic series, news and events of one database, read only. Days are UTC. Every answer is short, ' +
  'says how far its data reaches, and names in `everything` the addresses that have all of it.';

/** What is sent back, as HTTP has it. */
export interface McpAnswer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

/** The Model Context Protocol without sessions: each request is answered by itself, in JSON. */
export class Mcp {
  readonly #rest: RestRoutes;
  /** The SDK would make one for each request. */
  readonly #validator = new AjvJsonSchemaValidator();

  constructor(modules: ModuleRef) {
    this.#rest = new RestRoutes(modules);
  }

  /**
   * Answers one message.
   * @throws ApiError invalid_parameter for several at once, which the protocol has given up: each counts as a request
   */
  async answer(request: FastifyRequest): Promise<McpAnswer> {
    const { body, headers, url } = request;
    if (Array.isArray(body)) throw new ApiError('invalid_parameter', 'Send one message a request, not a list of them.');
    // Its successor wants schemas of zod, which say in more words what ours say.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const server = new Server(ABOUT, {
      capabilities: { tools: {} },
      instructions: INSTRUCTIONS,
      jsonSchemaValidator: this.#validator,
    });
    server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: LISTED }));
    server.setRequestHandler(CallToolRequestSchema, ({ params }) =>
      this.#call(params.name, params.arguments ?? {}, request),
    );
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    try {
      const sent = Object.entries(headers).flatMap(([name, value]) =>
        typeof value === 'string' ? [[name, value]] : [],
      );
      const asked = new Request(new URL(url, 'http://localhost'), {
        method: 'POST',
        headers: sent as [string, string][],
      });
      const response = await transport.handleRequest(asked, { parsedBody: body });
      return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
    } finally {
      await server.close();
    }
  }

  /** What a tool answers; what is wrong is an answer too, which the assistant can read. */
  async #call(name: string, given: Record<string, unknown>, request: FastifyRequest): Promise<CallToolResult> {
    try {
      const tool = TOOLS.get(name);
      if (!tool) {
        const allowed = [...TOOLS.keys()];
        throw new ApiError('invalid_parameter', `There is no tool ${JSON.stringify(name.slice(0, 60))}.`, { allowed });
      }
      const found = await tool.run(checked(tool, given), this.#rest);
      const { protocol, host, scope } = request;
      return {
        content: [
          {
            type: 'text',
            text: written({
              ...found,
              facts: scope.sample ? { sample_data: true, ...found.facts } : found.facts,
              everything: [found.everything].flat().map((path) => `${protocol}://${host}${path}`),
            }),
          },
        ],
      };
    } catch (thrown) {
      const error = toApiError(thrown);
      noteProblem(error, request);
      const { code, message, details } = error;
      const allowed = details.allowed?.slice(0, 40);
      const said = JSON.stringify({ code, detail: message, ...details, ...(allowed ? { allowed } : {}) });
      return { isError: true, content: [{ type: 'text', text: said }] };
    }
  }
}
