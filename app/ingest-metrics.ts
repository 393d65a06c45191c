import { Counter, type Registry } from 'prom-client';
import type { IngestMetrics } from '../commands/ingest/ingest-metrics.js';

/** Ingest counters of this process in Prometheus: received = accepted + duplicate + quarantined. */
export function createIngestMetrics(registry: Registry): IngestMetrics {
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers: [registry] });
  const received = counter('cebe_ingest_received_total', 'Entries of requests that were decided', ['source']);
  const decided = counter('cebe_ingest_decided_total', 'Entries by what became of them', ['source', 'status']);
  const differing = counter('cebe_ingest_body_differs_total', 'Repeats that came with another body; the first stays', ['source']);
  const violations = counter('cebe_ingest_pii_violations_total', 'Fields sealed because they look personal', ['source']);
  return {
    violations(source, fields) {
      violations.inc({ source }, fields);
    },
    count(source, receipts) {
      received.inc({ source }, receipts.length);
      for (const { status } of receipts) decided.inc({ source, status });
    },
    bodyDiffers(source) {
      differing.inc({ source });
    },
  };
}
