import { describe, expect, it } from 'vitest';
import { ACCESS_LEVELS } from '../../src/config/index.ts';
import { code, present } from '../emulator/support.ts';
import { rejection } from '../support/world.ts';
import { context as contextOf } from './actions.ts';
import { inhabited, REGIONS } from './deploy.ts';

describe('a tenant', () => {
  // b has a key of its own; c uses that of a.
  it.each(['b', 'c'])(
    '%s opens nothing of a, neither in its place nor brought into its own',
    async (tenant) => {
      const deployed = await inhabited();
      for (const region of REGIONS) {
        for (const level of ACCESS_LEVELS) {
          const vault = deployed.open(`${tenant}_${level}`, '/acme/a', [region]);
          await rejection(vault.load(), 'denied');
          await rejection(vault.get('A'), 'denied');
        }
        // Somebody who may read both brings an entry of a over, with its data key.
        await deployed.privileged(async (root) => {
          const { ssm } = root.at(region);
          const { Parameter } = await ssm.getParameter({ Name: '/acme/a/A' });
          const Value = present(Parameter?.Value).replace('/acme/a/A', `/acme/${tenant}/STOLEN`);
          const stolen = { Name: `/acme/${tenant}/STOLEN`, Value, Type: 'String', Overwrite: true } as const;
          // Until its Version is the one that the entry claims.
          for (let version: number | undefined = 0; version !== Parameter?.Version; ) {
            version = (await ssm.putParameter(stolen)).Version;
          }
        });
        const stolen = deployed.open(`${tenant}_reader`, `/acme/${tenant}`, [region]).get('STOLEN');
        await rejection(stolen, tenant === 'b' ? 'foreign_key' : 'decrypt_failed');
      }
    },
  );

  it.each(['b', 'c'])("%s opens no data key of a, in anybody's context", async (tenant) => {
    const deployed = await inhabited();
    const CiphertextBlob = await deployed.privileged(async (root) => {
      const made = { KeySpec: 'AES_256', EncryptionContext: contextOf('/acme/a') } as const;
      const key = await root.kms.generateDataKey({ KeyId: 'alias/waxseal/acme/a', ...made });
      return present(key.CiphertextBlob);
    });
    const refused = /^(AccessDeniedException|InvalidCiphertextException)$/;
    for (const region of REGIONS) {
      await deployed
        .as('a_reader', region)
        .kms.decrypt({ CiphertextBlob, EncryptionContext: contextOf('/acme/a') });
      for (const level of ACCESS_LEVELS) {
        const { kms } = deployed.as(`${tenant}_${level}`, region);
        for (const path of ['/acme/a', '/acme/b', '/acme/c', '/acme', '*', undefined]) {
          const EncryptionContext = path === undefined ? {} : contextOf(path);
          expect(await code(kms.decrypt({ CiphertextBlob, EncryptionContext }))).toMatch(refused);
          // Into a context that it may open.
          const into = {
            CiphertextBlob,
            SourceEncryptionContext: EncryptionContext,
            DestinationKeyId: `alias/waxseal/acme/${tenant}`,
            DestinationEncryptionContext: contextOf(`/acme/${tenant}`),
          };
          expect(await code(kms.reEncrypt(into))).toMatch(refused);
        }
      }
    }
  });
});
