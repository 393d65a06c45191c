import type { Api } from '../route-config.js';

/**
 * Nothing is loaded, framed or sniffed unless a page says otherwise by a header of its own. TLS, and so HSTS, is the proxy's. They are
 * constants, because every event that is sent here gets them.
 */
const securityHeaders = {
  'content-security-policy': "default-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Puts the strictest security headers on every answer; a route that serves a page overrides the policy for it. */
export function setSecurityHeaders(api: Api): void {
  api.addHook('onRequest', (_request, reply, done) => {
    reply.headers(securityHeaders);
    done();
  });
}
