package io.payonce.batch.csv;

import io.payonce.Address;
import io.payonce.Asset;

/**
 * A row whose form is right. Its amount waits for the decimals of its asset.
 *
 * @param line where it begins in the file, counted from 1
 * @param amount in whole units, as written: digits with at most one point inside, not zero
 */
public record CsvRow(long line, String key, Asset asset, Address to, String amount) {}
