import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { type Config, type Door, openDoors } from '../config/config.js';
import { EventsModule } from '../data/events/events.module.js';
import { MarketDataModule } from '../data/market-data/market-data.module.js';
import { Hosts } from './mcp/hosts.js';
import { McpController } from './mcp/mcp.controller.js';
import { OpenbbController } from './openbb/openbb.controller.js';
import { UdfController } from './udf/udf.controller.js';

/** The routes of each door. */
const CONTROLLERS: Readonly<Record<Door, Type>> = { udf: UdfController, mcp: McpController, openbb: OpenbbController };

/** Other ways to ask the same queries; a package that one of them needs is loaded when somebody asks there. */
@Module({})
export class DoorsModule {
  static forRoot(config: Readonly<Config>): DynamicModule {
    return {
      module: DoorsModule,
      imports: [MarketDataModule, EventsModule],
      controllers: openDoors(config).map((door) => CONTROLLERS[door]),
      providers: [{ provide: Hosts, useFactory: () => new Hosts(config) }],
    };
  }
}
