import { createWalletClient, defineChain, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { createNonceManager, jsonRpc } from 'viem/nonce';
import { FEES, job, payAll } from './host.mjs';

const chain = defineChain({
  id: job.chainId,
  name: 'local',
  nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [job.url] } },
});
// viem resets its manager by itself when a send fails; without that, a lost request leaves a gap.
const manager = createNonceManager({ source: jsonRpc() });
const nonceManager = job.reset ? manager : { ...manager, reset() {} };
const account = privateKeyToAccount(job.privateKey, { nonceManager });
const client = createWalletClient({
  account,
  chain,
  transport: http(job.url),
});

await payAll(
  ({ to, value }) => client.sendTransaction({ to, value, gas: 21_000n, ...FEES }),
  () => {},
);
