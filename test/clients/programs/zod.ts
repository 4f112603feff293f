// The schemas that orval made for zod, checked against live answers of every route.
import * as schemas from './zod.ts';

const url = process.argv[2]!;
const requests: [operation: string, path: string][] = JSON.parse(process.argv[3]!);
const made: Record<string, { safeParse(value: unknown): { success: boolean; error?: unknown } }> = schemas;
const problems: string[] = [];
for (const [operation, path] of requests) {
  const name = `${operation[0]!.toUpperCase()}${operation.slice(1)}Response`;
  const schema = made[name];
  if (!schema) {
    problems.push(`${operation}: orval made no ${name}`);
    continue;
  }
  const response = await fetch(url + path);
  const result = schema.safeParse(await response.json());
  if (response.status !== 200 || !result.success) {
    problems.push(`${path}: ${response.status} ${String(result.error).slice(0, 500)}`);
  }
}
console.log(JSON.stringify({ checked: requests.length, problems }));
