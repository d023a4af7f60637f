// Thousands of downloads at once, one in a hundred of which fails: each body is whole or an error, and nothing is left.
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/async/task_group.h"
#include "client/real/faulty_server.h"
#include "client/real/real_fixture.h"

namespace client {
namespace {

using testing::BodyOf;
using testing::Fault;
using testing::FaultOf;

#ifndef CLIENT_REAL_DOWNLOADS
#define CLIENT_REAL_DOWNLOADS 2000  // at once
#endif
constexpr uint32_t kRounds = 3;  // each user downloads so often, the later ones on connections that were used

struct Counts {
  uint32_t whole = 0;
  uint32_t faulty = 0;
  uint64_t bytes = 0;
};

class DownloadsTest : public testing::RealFixture {
 protected:
  // Counts what was as it must be; whatever else is a failure.
  static Task<> Download(ClientSession& session, RequestOptions request, uint32_t number, Counts& counts) {
    Result<std::unique_ptr<ClientResponse>> made = co_await session.Request(std::move(request));
    if (!made.ok()) {
      // A timeout that was meant for the body: the first answers wait for each other.
      ExpectFault(number, made.error());
      ++counts.faulty;
      co_return;
    }
    ClientResponse& response = **made;
    const absl::string_view body = BodyOf(number);
    uint64_t at = 0;
    for (;;) {
      Result<Slice> chunk = co_await response.ReadChunk();
      if (!chunk.ok()) {
        ExpectFault(number, chunk.error());
        ++counts.faulty;
        break;
      }
      if (chunk->empty()) {
        EXPECT_EQ(FaultOf(number), Fault::kNone) << number << " has ended cleanly";
        EXPECT_EQ(at, body.size()) << number;
        ++counts.whole;
        break;
      }
      EXPECT_TRUE(at + chunk->size() <= body.size() && body.substr(at, chunk->size()) == chunk->view()) << number;
      at += chunk->size();
    }
    counts.bytes += at;
  }

  static void ExpectFault(uint32_t number, const ClientError& error) {
    const Fault fault = FaultOf(number);
    EXPECT_NE(fault, Fault::kNone) << number << ": " << error.DebugString();
    if (fault == Fault::kStall) {
      EXPECT_EQ(error.timeout(), TimeoutKind::kSockRead) << number;
    } else {
      EXPECT_EQ(error.kind(), ErrorKind::kDisconnected) << number << ": " << error.DebugString();
    }
  }

  static Task<> User(DownloadsTest& self, uint32_t user, uint32_t users, uint16_t port, Counts& counts) {
    for (uint32_t round = 0; round < kRounds; ++round) {
      const uint32_t number = 1 + round * users + user;
      RequestOptions request;
      request.name = MakeName(self.loop(), Name(), "download", number);
      request.url = absl::StrCat("http://127.0.0.1:", port, "/", number);
      // Only for what must time out: the others may take as long as a busy machine makes them.
      if (FaultOf(number) == Fault::kStall) request.timeout.emplace().sock_read = absl::Seconds(1);
      Task<> download = Download(self.session(), std::move(request), number, counts);
      co_await download;
    }
  }
};

TEST_F(DownloadsTest, EveryBodyIsWholeOrAnErrorAndNothingIsLeft) {
  uint32_t users = CLIENT_REAL_DOWNLOADS;
  const size_t files = testing::RaiseFileLimit();
  if (files < users + 100) {
    users = static_cast<uint32_t>(files) - 100;
    printf("only %u downloads at once: the hard limit of open files is %zu\n", users, files);
  }
  const testing::FaultyServer server(users);
  options.limit = users;
  options.auto_decompress = false;
  Counts counts;
  const absl::Time begin = loop().Now();
  {
    TaskGroup group(loop(), Name());
    for (uint32_t user = 0; user < users; ++user) {
      group.Spawn(MakeName(loop(), Name(), "user", user + 1), User(*this, user, users, server.port(), counts));
    }
    EXPECT_EQ(session().running(), 0u);
    RunUntil([&] { return session().connector().acquired() == users || group.empty(); });
    RunUntil([&] { return group.empty(); });
  }
  const double seconds = absl::ToDoubleSeconds(loop().Now() - begin);

  uint32_t faulty = 0;
  for (uint32_t number = 1; number <= kRounds * users; ++number) faulty += FaultOf(number) != Fault::kNone;
  EXPECT_EQ(counts.faulty, faulty);
  EXPECT_EQ(counts.whole, kRounds * users - faulty);
  EXPECT_GE(observer.connected, users);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  printf("%u downloads, %u at once, %u faulty: %.1f s, %.0f downloads/s, %.1f MB of bodies, %zu connections, "
         "%ld MB resident at most, %.2f s CPU\n",
         kRounds * users, users, faulty, seconds, kRounds * users / seconds, counts.bytes / 1e6, observer.connected,
         usage.ru_maxrss / 1024, usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
         (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

}  // namespace
}  // namespace client
