export { funnelOf, type Funnel } from '../../domain/campaign/funnel.js';
export { parseSummary } from '../../domain/campaign/message-summary.js';
