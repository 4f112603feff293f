import { type ArgumentMetadata, type Type } from '@nestjs/common';
import type { ModuleRef } from '@nestjs/core';
import { listItem } from '../../base/identifiers.js';
import { ArgsPipe, RestInput } from '../../contract/args-pipe.js';
import { argsOf } from '../../contract/args.js';
import type { Answer } from '../../rest/answer.js';

/** Parameters of a route, by their names in REST; undefined ones are not given. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A row of an answer, by REST's names; decimals and big integers are texts, so that they keep every digit. */
export type Row = Readonly<Record<string, unknown>>;

/** What a route answered. */
export interface Read<Data> {
  readonly data: Data;
  readonly meta: Row;
  /** Whether there is a next page. */
  readonly more: boolean;
}

/** A route of REST, to be asked inside the process. */
export interface RestRoute<Controller, Args extends object> {
  readonly controller: Type<Controller>;
  readonly args: new () => Args;
  readonly call: (controller: Controller, args: Args) => Promise<Answer>;
}

/** A route by the class that answers it. */
export function route<Controller, Args extends object>(
  controller: Type<Controller>,
  args: new () => Args,
  call: (controller: Controller, args: Args) => Promise<Answer>,
): RestRoute<Controller, Args> {
  return { controller, args, call };
}

/** Asks routes of REST inside the process: their own checks of arguments, windows, limits and errors hold. */
export class RestRoutes {
  readonly #pipe = new ArgsPipe();

  constructor(private readonly modules: ModuleRef) {}

  /**
   * The rows that a route answers with.
   * @throws ApiError as the route does
   */
  rows<Controller, Args extends object>(route: RestRoute<Controller, Args>, query: Query): Promise<Read<Row[]>> {
    return this.#read(route, query);
  }

  /**
   * The one object that a route answers with.
   * @throws ApiError as the route does
   */
  object<Controller, Args extends object>(route: RestRoute<Controller, Args>, query: Query): Promise<Read<Row>> {
    return this.#read(route, query);
  }

  async #read<Data, Controller, Args extends object>(
    { controller, args, call }: RestRoute<Controller, Args>,
    query: Query,
  ): Promise<Read<Data>> {
    const exact = argsOf(args).some(({ name }) => name === 'numbers') ? { numbers: 'string' } : {};
    const input = new RestInput(textsOf({ ...query, ...exact }), undefined, undefined);
    const checked = this.#pipe.transform(input, { type: 'custom', metatype: args } as ArgumentMetadata) as Args;
    const { body } = await call(this.modules.get(controller, { strict: false }), checked);
    const { data, meta, next_page_token } = JSON.parse((body as string | Buffer).toString()) as {
      data: Data;
      meta: Row;
      next_page_token?: string | null;
    };
    return { data, meta, more: typeof next_page_token === 'string' };
  }
}

/** Parameters as a query string has them. */
export function textsOf(query: Query): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.map(listItem) : String(value)]],
    ),
  );
}

/** The address of a route with some parameters. */
export function addressOf(path: string, query: Query): string {
  const texts = Object.entries(textsOf(query)).map(
    ([name, text]) => `${name}=${[text].flat().map(encodeURIComponent).join(',')}`,
  );
  return texts.length === 0 ? path : `${path}?${texts.join('&')}`;
}
