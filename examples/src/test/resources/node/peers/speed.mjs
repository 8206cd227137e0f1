// Sends one coin unit to each payee, 32 at a time, each wallet in turn, and tells how long it took.
import { readFileSync } from 'node:fs';
import { createWalletClient, defineChain, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { createNonceManager, jsonRpc } from 'viem/nonce';

const job = JSON.parse(readFileSync(0, 'utf8'));
const chain = defineChain({
  id: job.chainId,
  name: 'local',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [job.url] } },
});
const clients = job.privateKeys.map((key) => {
  const nonceManager = createNonceManager({ source: jsonRpc() });
  const account = privateKeyToAccount(key, { nonceManager });
  return createWalletClient({ account, chain, transport: http(job.url) });
});
const fees = { gas: 21_000n, maxFeePerGas: 20_000_000_000n, maxPriorityFeePerGas: 1_000_000_000n };
let next = 0;
const worker = async () => {
  for (let i = next++; i < job.payees.length; i = next++) {
    await clients[i % clients.length].sendTransaction({ to: job.payees[i], value: 1n, ...fees });
  }
};
const start = performance.now();
await Promise.all(Array.from({ length: 32 }, worker));
process.stdout.write(JSON.stringify({ millis: Math.round(performance.now() - start) }));
