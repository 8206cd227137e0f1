// Compiles Solidity files to one JSON file: contract name -> creation bytecode.
// Arguments: the file to write, then the source files. Reads nothing from a network.
'use strict';
const fs = require('fs');
const path = require('path');
const solc = require('solc');

const [target, ...files] = process.argv.slice(2);
const sources = {};
for (const file of files) {
  sources[path.basename(file)] = { content: fs.readFileSync(file, 'utf8') };
}
const output = JSON.parse(solc.compile(JSON.stringify({
  language: 'Solidity',
  sources,
  settings: {
    optimizer: { enabled: true, runs: 200 },
    metadata: { bytecodeHash: 'none' },
    outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
  },
})));
// A warning fails too: these contracts are small enough to have none.
if (output.errors) {
  output.errors.forEach((error) => console.error(error.formattedMessage));
  process.exit(1);
}
const contracts = {};
for (const file of Object.keys(output.contracts)) {
  for (const [name, contract] of Object.entries(output.contracts[file])) {
    contracts[name] = '0x' + contract.evm.bytecode.object;
  }
}
fs.writeFileSync(target, JSON.stringify(contracts, null, 2) + '\n');
