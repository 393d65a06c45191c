import helmet from '@fastify/helmet';
import type { Api } from '../route-config.js';

/** Headers for every answer: nothing is loaded, framed or sniffed unless a page says otherwise. TLS, and so HSTS, is the proxy's. */
export function setSecurityHeaders(api: Api): void {
  api.register(helmet, {
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
    referrerPolicy: { policy: 'no-referrer' },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], formAction: ["'self'"], frameAncestors: ["'none'"] },
    },
  });
}
