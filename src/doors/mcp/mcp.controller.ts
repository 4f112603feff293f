import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Hosts } from './hosts.js';
import type { Mcp } from './mcp.js';

/** The Model Context Protocol, for assistants. */
@ApiExcludeController()
@Controller('mcp')
export class McpController {
  #loaded: Promise<Mcp> | null = null;

  constructor(
    @Inject(ModuleRef) private readonly modules: ModuleRef,
    private readonly hosts: Hosts,
  ) {}

  @Post()
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.hosts.check(request);
    const mcp = await (this.#loaded ??= import('./mcp.js').then(({ Mcp }) => new Mcp(this.modules)));
    const { status, type, body } = await mcp.answer(request);
    if (type !== null) reply.header('content-type', type);
    await reply.status(status).header('cache-control', 'no-store').send(body);
  }
}
