/**
 * Every call of every command that writes is a place where it can go wrong. On the emulator over HTTP, in three
 * regions: whatever happens at one call, nothing acknowledged is lost, the status tells the truth, and the same command
 * run again, then a sync, leads to where it would have led.
 */
import { COMMANDS, RESTORES } from './support/places-commands.ts';
import { LARGES } from './support/places-large.ts';
import { testPlaces } from './support/places-suite.ts';

testPlaces(COMMANDS.filter((command) => ![...LARGES, ...RESTORES].includes(command)));
