// Ordinary host code around a library: some payments at once, each tried again on an exception.
import { readFileSync } from 'node:fs';

export const job = JSON.parse(readFileSync(0, 'utf8'));

// The same fees for all peers, so that none of them has to ask the node.
export const FEES = {
  maxFeePerGas: 20_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
};

export async function payAll(send, afterException) {
  const queue = job.payments.map(({ to, value }) => ({ to, value: BigInt(value) }));
  const belief = { sent: 0, gaveUp: 0 };
  const worker = async () => {
    for (let payment = queue.shift(); payment; payment = queue.shift()) {
      (await pay(payment)) ? belief.sent++ : belief.gaveUp++;
    }
  };
  const pay = async (payment) => {
    for (let i = 0; i < job.tries; i++) {
      try {
        await send(payment);
        return true;
      } catch (error) {
        if (job.reset) {
          await afterException();
        }
      }
    }
    return false;
  };
  await Promise.all(Array.from({ length: job.concurrency }, worker));
  process.stdout.write(JSON.stringify(belief));
}
