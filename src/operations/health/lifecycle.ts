import { Injectable } from '@nestjs/common';

/** Where in its life the process is. */
@Injectable()
export class Lifecycle {
  /** Set once, when the process was told to end: health says 503 so that load balancers go elsewhere. */
  draining = false;
  /** Set once, when the server listens. */
  started = false;
}
