#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { requireNode } from '../node-version.js';

requireNode();
const [{ doctor, DOCTOR_HELP }, { refresh, REFRESH_HELP }, { retain, RETAIN_HELP }] = await Promise.all([
  import('./doctor.js'),
  import('./refresh.js'),
  import('./retain.js'),
]);

type Command = (args: string[], print: (text: string) => void) => Promise<number>;
const COMMANDS: Readonly<Record<string, Command>> = { doctor, refresh, retain };

// As `npm start` does by a flag of Node's; what is set already stays.
if (existsSync('.env')) process.loadEnvFile();

const [command, ...args] = process.argv.slice(2);
try {
  if (command === '--help' || command === '-h')
    process.stdout.write([DOCTOR_HELP, REFRESH_HELP, RETAIN_HELP].join('\n'));
  else if (command !== undefined && Object.hasOwn(COMMANDS, command))
    process.exitCode = await COMMANDS[command]!(args, (text) => process.stdout.write(text));
  else {
    const names = Object.keys(COMMANDS).join(', ');
    process.stderr.write(`tetra: ${command ? 'there is no such command' : 'which command?'} There are: ${names}\n`);
    process.exitCode = 2;
  }
} catch (error) {
  process.stderr.write(`tetra: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
