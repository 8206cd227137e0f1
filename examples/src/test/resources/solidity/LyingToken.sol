// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Says that it has transferred, and has not: no balance moves and no event is written.
contract LyingToken {
    string public constant name = "Lying Token";
    string public constant symbol = "LIE";
    uint8 public immutable decimals;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function mint(address to, uint256 value) external {
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }

    function transfer(address, uint256) external pure returns (bool) {
        return true;
    }
}
