/** What verifying found, as JSON to be kept. The fields are stable; what is not known is `null`; no value is in it. */
import type { Finding, VerifiedParameter, VerifyReport } from '../../src/vault/index.ts';
import { version } from '../version.ts';

/** The report. */
export function verifyJson(
  reports: readonly VerifyReport[],
  { aws, caller }: { readonly aws: string; readonly caller: string | undefined },
): object {
  return {
    startedAt: time(reports[0]?.startedAt),
    waxseal: version(),
    caller: caller ?? null,
    aws,
    authentic: reports.every(({ authentic }) => authentic),
    complete: reports.every(({ complete }) => complete),
    equal: reports.every(({ equal }) => equal),
    vaults: reports.map((report) => ({
      vault: report.vault,
      startedAt: time(report.startedAt),
      authentic: report.authentic,
      complete: report.complete,
      equal: report.equal,
      history: report.history,
      secrets: report.secrets,
      deleted: report.deleted,
      dataKeys: report.dataKeys,
      versions: report.history ? report.versions : null,
      regions: report.regions.map(({ region, home, error, release, dataKeys }) => ({
        region,
        home,
        error: error?.toJSON() ?? null,
        release: release ?? null,
        dataKeys,
      })),
      findings: report.findings.map(findingJson),
      parameters: report.parameters.map(parameterJson),
    })),
  };
}

function findingJson(one: Finding): object {
  return {
    gravity: one.gravity,
    kind: one.kind,
    region: one.region,
    parameter: one.parameter ?? null,
    version: one.version ?? null,
    modifiedAt: time(one.modifiedAt),
    modifiedBy: one.modifiedBy ?? null,
    kmsKeyId: one.kmsKeyId ?? null,
    message: one.message,
    hint: one.hint ?? null,
  };
}

function parameterJson(one: VerifiedParameter): object {
  return {
    region: one.region,
    parameter: one.parameter,
    sha256: one.sha256,
    version: one.version,
    modifiedAt: time(one.modifiedAt),
    modifiedBy: one.modifiedBy ?? null,
    revision: one.revision ?? null,
    dataKeyId: one.dataKeyId ?? null,
    kmsKeyId: one.kmsKeyId ?? null,
    kmsKeyMaterialId: one.kmsKeyMaterialId ?? null,
    verdict: one.verdict,
  };
}

function time(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
