#!/usr/bin/env node
import { doctor, DOCTOR_HELP } from './doctor.js';

const [command, ...args] = process.argv.slice(2);
try {
  if (command === 'doctor') process.exitCode = await doctor(args, (text) => process.stdout.write(text));
  else if (command === '--help' || command === '-h') process.stdout.write(DOCTOR_HELP);
  else {
    process.stderr.write(
      `tetra: ${command ? 'there is no such command' : 'which command?'} Try: tetra doctor --help\n`,
    );
    process.exitCode = 2;
  }
} catch (error) {
  process.stderr.write(`tetra: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
