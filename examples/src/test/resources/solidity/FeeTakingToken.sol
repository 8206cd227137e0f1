// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// Keeps one percent of every transfer for itself and says so in a second Transfer event.
contract FeeTakingToken {
    string public constant name = "Fee Taking Token";
    string public constant symbol = "FEE";
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

    function transfer(address to, uint256 value) external returns (bool) {
        require(balanceOf[msg.sender] >= value, "insufficient balance");
        uint256 fee = value / 100;
        balanceOf[msg.sender] -= value;
        balanceOf[address(this)] += fee;
        balanceOf[to] += value - fee;
        emit Transfer(msg.sender, address(this), fee);
        emit Transfer(msg.sender, to, value - fee);
        return true;
    }
}
