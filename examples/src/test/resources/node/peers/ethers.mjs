import { JsonRpcProvider, Network, NonceManager, Wallet } from 'ethers';
import { FEES, job, payAll } from './host.mjs';

// In favour of ethers: no cache. With it, a failed eth_blockNumber is repeated for 250 ms, and host code
// that tries again at once uses up all its tries without a send.
const provider = new JsonRpcProvider(job.url, Network.from(job.chainId), {
  staticNetwork: true,
  cacheTimeout: -1,
});
const manager = new NonceManager(new Wallet(job.privateKey, provider));

await payAll(
  ({ to, value }) =>
    manager.sendTransaction({ to, value, gasLimit: 21_000n, type: 2, chainId: job.chainId, ...FEES }),
  () => manager.reset(),
);
provider.destroy();
