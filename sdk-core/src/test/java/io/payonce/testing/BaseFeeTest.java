package io.payonce.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BaseFeeTest {
  /** Headers of Ethereum mainnet, blocks 23662367 to 23662376: base fee, gas used, gas limit. */
  @ParameterizedTest
  @CsvSource({
    "132858734, 21816497, 45043944, 132338529",
    "132338529, 15747040, 44999957, 127373670",
    "127373670, 3750032, 45000000, 114105603",
    "114105603, 44995070, 45000000, 128365678",
    "128365678, 5982986, 45000000, 116586691",
    "116586691, 42169307, 44956056, 129353274",
    "129353274, 9169265, 44999957, 119773424",
    "119773424, 31877190, 45000000, 126013080",
    "126013080, 16740431, 44956056, 121992419",
    "121992419, 33930725, 44912155, 129784408"
  })
  void follows_the_headers_of_mainnet(long baseFee, long gasUsed, long gasLimit, long next) {
    assertThat(BaseFee.next(BigInteger.valueOf(baseFee), gasUsed, gasLimit))
        .isEqualTo(BigInteger.valueOf(next));
  }

  @ParameterizedTest
  @CsvSource({"7, 30000000, 8", "8, 30000000, 9", "0, 30000000, 1", "7, 15000000, 7", "1, 0, 1"})
  void rises_by_at_least_one_wei_above_the_target(long baseFee, long gasUsed, long next) {
    assertThat(BaseFee.next(BigInteger.valueOf(baseFee), gasUsed, 30_000_000))
        .isEqualTo(BigInteger.valueOf(next));
  }
}
