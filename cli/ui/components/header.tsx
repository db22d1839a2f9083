import { Box, Text } from 'ink';
import type { ReactNode } from 'react';
import type { AppState } from '../app-state.ts';
import { escapeText, truncate } from '../escape.ts';
import { useSession } from '../session.ts';
import { useTheme } from '../theme.ts';

/** Lines that the header takes. */
export const HEADER_HEIGHT = 3;

/** Which vault, in which AWS, and how its regions do. */
export function Header({ width }: { readonly width: number }): ReactNode {
  const { vault, aws } = useSession();
  const theme = useTheme();
  const title = `waxseal  ${vault.path}  `;
  return (
    <Box flexDirection="column" height={HEADER_HEIGHT} flexShrink={0}>
      <Text wrap="truncate">
        <Text {...theme.strong}>{title}</Text>
        <Text {...theme.faint}>{truncate(escapeText(aws), Math.max(1, width - title.length))}</Text>
      </Text>
      <Text wrap="truncate">
        {vault.regions.map((region, index) => (
          <Region key={region} region={region} home={index === 0} />
        ))}
        <Count />
      </Text>
      <Text {...theme.faint}>{'─'.repeat(width)}</Text>
    </Box>
  );
}

function Region({ region, home }: { readonly region: string; readonly home: boolean }): ReactNode {
  const { state } = useSession();
  const theme = useTheme();
  const name = home ? `${region} (home)` : region;
  if (state.listing === undefined) return <Text {...theme.faint}>{`? ${name}   `}</Text>;
  const failed = isSilent(state, region);
  return <Text {...(failed ? theme.bad : theme.good)}>{failed ? `✗ ${name} down   ` : `✓ ${name}   `}</Text>;
}

/** The screen of the regions may know better than the list. */
function isSilent({ screen, regions, listing }: AppState, region: string): boolean {
  const seen = screen.kind === 'regions' ? regions.status : undefined;
  if (seen === undefined) return listing?.failed[region] !== undefined;
  return seen.regions.some((one) => one.region === region && one.error !== undefined);
}

function Count(): ReactNode {
  const { state } = useSession();
  const theme = useTheme();
  const secrets = state.listing?.secrets;
  if (secrets === undefined) return null;
  const deleted = secrets.filter((secret) => secret.deleted).length;
  const live = secrets.length - deleted;
  return (
    <Text {...theme.faint}>
      {`${live} ${live === 1 ? 'secret' : 'secrets'}${deleted === 0 ? '' : `, ${deleted} deleted`}`}
    </Text>
  );
}
