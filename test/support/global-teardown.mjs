export default async function teardown() {
  await globalThis.__testServer?.stop();
}
