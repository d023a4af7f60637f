// The wire between two namespaces: everything arrives, and never sooner than its delay and its rate allow.
//
// Where no namespaces are to be had the tests are skipped, and say so.
#include "tools/fidelity/kernel_transfer.h"

#include <string>

#include "gtest/gtest.h"
#include "tools/fidelity/conditions.h"

namespace tools {
namespace {

TEST(KernelTransferTest, TakesAtLeastWhatTheWireTakes) {
  // 100 000 bytes at 100 Mbit/s are 8 ms, and headers; slow start waits for two round trips of 10 ms.
  Conditions conditions{5, 100, 100'000, 256, 256};
  std::string why;
  const int64_t ns = KernelTransferNs(conditions, why);
  if (ns < 0) GTEST_SKIP() << "no network namespaces: " << why;
  EXPECT_GE(ns, (5 + 2 * 10) * 1'000'000);
  EXPECT_GE(conditions.window_kib, 63u);
  EXPECT_LE(conditions.send_buffer_kib, 98u) << "no more than there was to send";
}

TEST(KernelTransferTest, AnExchangeTakesAtLeastARoundTrip) {
  std::string why;
  const int64_t ns = KernelExchangeNs(5, /*nagle=*/false, why);
  if (ns < 0) GTEST_SKIP() << "no network namespaces: " << why;
  EXPECT_GE(ns, 10'000'000);
}

TEST(KernelTransferTest, NagleWaitsForAnAcknowledgement) {
  std::string why;
  const int64_t ns = KernelExchangeNs(5, /*nagle=*/true, why);
  if (ns < 0) GTEST_SKIP() << "no network namespaces: " << why;
  EXPECT_GE(ns, 20'000'000) << "there, back, and both again";
}

}  // namespace
}  // namespace tools
