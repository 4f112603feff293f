import { type DynamicModule, Module } from '@nestjs/common';
import { type Config, type Door, openDoors } from '../config/config.js';
import { EventsModule } from '../data/events/events.module.js';
import { MarketDataModule } from '../data/market-data/market-data.module.js';
import { UdfController } from './udf/udf.controller.js';

/** The routes of each door. */
const CONTROLLERS = { udf: [UdfController] } as const satisfies Record<Door, readonly unknown[]>;

/** Other ways to ask the same queries; what answers at one of them is loaded when somebody asks there. */
@Module({})
export class DoorsModule {
  static forRoot(config: Pick<Config, 'DOORS'>): DynamicModule {
    return {
      module: DoorsModule,
      imports: [MarketDataModule, EventsModule],
      controllers: openDoors(config).flatMap((door) => [...CONTROLLERS[door]]),
    };
  }
}
