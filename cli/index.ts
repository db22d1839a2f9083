#!/usr/bin/env node
/** The `waxseal` command, all of it. */
import { processContext } from './process-context.ts';
import { runCommandLine } from './program.ts';

process.exitCode = await runCommandLine(processContext('usual'), process.argv.slice(2));
