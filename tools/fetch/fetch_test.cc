// What the commands of tools/fetch are made of; commands_test.py tries them as a whole.
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tools/fetch/exit_status.h"
#include "tools/fetch/fetch_options.h"
#include "tools/fetch/progress.h"

namespace wavetank {
namespace {

using client::ClientError;
using client::ErrorKind;

std::string ErrorOf(const std::vector<std::string>& args) {
  FetchOptions options;
  std::string error;
  const bool parsed = ParseFetchOptions(args, &options, &error);
  EXPECT_EQ(parsed, error.empty());
  return error;
}

TEST(FetchTest, FlagsStandAnywhere) {
  FetchOptions options;
  std::string error;
  ASSERT_TRUE(ParseFetchOptions({"--fail", "put", "--header=A:  1 ", "http://a.test/", "--timeout=1m30s", "file"},
                                &options, &error))
      << error;
  EXPECT_EQ(options.command, FetchOptions::Command::kPut);
  EXPECT_EQ(options.url, "http://a.test/");
  EXPECT_EQ(options.file, "file");
  EXPECT_TRUE(options.fail);
  EXPECT_EQ(options.timeout, absl::Seconds(90));
  EXPECT_EQ(options.headers.DebugString(), "A: 1");
}

TEST(FetchTest, WrongUsageIsExplained) {
  EXPECT_EQ(ErrorOf({"ws"}), "'ws' needs a URL");
  EXPECT_EQ(ErrorOf({"get", "a", "b"}), "'b' is one operand too many");
  EXPECT_EQ(ErrorOf({"get", "a", "-x"}), "there is no flag -x");
  EXPECT_EQ(ErrorOf({"get", "a", "--fail=1"}), "--fail takes no value");
  EXPECT_EQ(ErrorOf({"get", "a", "--output"}), "--output needs a value: --output=...");
  EXPECT_EQ(ErrorOf({"get", "a", "--output="}), "--output: the value is missing");
  EXPECT_EQ(ErrorOf({"get", "a", "--header=A: b\nc"}), "--header: 'b\nc' cannot be the value of a field");
  EXPECT_EQ(ErrorOf({"get", "a", "--request=G T"}), "--request: 'G T' cannot be a method");
  EXPECT_EQ(ErrorOf({"put", "a", "b", "--data=x"}), "--data does not belong to 'put'");
}

TEST(FetchTest, EveryKindOfErrorHasItsStatus) {
  const auto status = [](ErrorKind kind, const char* text) { return OutcomeOf(ClientError(kind, text)).status; };
  EXPECT_EQ(status(ErrorKind::kUsage, "bad URL"), 2);
  EXPECT_EQ(status(ErrorKind::kDns, "a.test: not known"), 5);
  EXPECT_EQ(status(ErrorKind::kConnect, "refused"), 6);
  EXPECT_EQ(status(ErrorKind::kConnect, "TLS failed: no, it did not"), 6);  // words say nothing
  EXPECT_EQ(status(ErrorKind::kTls, ""), 7);
  EXPECT_EQ(status(ErrorKind::kCertificate, ""), 13);
  EXPECT_EQ(status(ErrorKind::kTimeout, ""), 8);
  EXPECT_EQ(status(ErrorKind::kDisconnected, "reset"), 9);
  EXPECT_EQ(status(ErrorKind::kProtocol, ""), 10);
  EXPECT_EQ(status(ErrorKind::kRejected, ""), 11);
  EXPECT_EQ(OutcomeOf(FileError("here", 28)).status, 12);
}

TEST(FetchTest, AmountsHaveThreeDigits) {
  EXPECT_EQ(Amount(0), "0 B");
  EXPECT_EQ(Amount(999), "999 B");
  EXPECT_EQ(Amount(1000), "1.0 kB");
  EXPECT_EQ(Amount(99'999), "99.9 kB");
  EXPECT_EQ(Amount(123'456), "123 kB");
  EXPECT_EQ(Amount(999'999), "999 kB");
  EXPECT_EQ(Amount(1'000'000), "1.0 MB");
  EXPECT_EQ(Amount(5'600'000'000), "5.6 GB");
}

TEST(FetchTest, TheBarGivesWayToTheFigures) {
  EXPECT_EQ(ProgressLine(25'000'000, 50'000'000, 5'000'000, 80),
            " 50 %  [===============>              ]  25.0 MB of 50.0 MB  5.0 MB/s  0:05 left");
  EXPECT_EQ(ProgressLine(25'000'000, 50'000'000, 5'000'000, 50), " 50 %  25.0 MB of 50.0 MB  5.0 MB/s  0:05 left");
  EXPECT_EQ(ProgressLine(25'000'000, absl::nullopt, 5'000'000, 80), "25.0 MB  5.0 MB/s");
  EXPECT_EQ(ProgressLine(100, 100, 0, 36), "100 %  100 B of 100 B  0 B/s");
  EXPECT_EQ(ProgressLine(0, 7'200'000, 1000, 30).size(), 30u);
}

}  // namespace
}  // namespace wavetank
