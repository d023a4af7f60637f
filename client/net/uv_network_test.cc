// What uv_seam_conformance_test.cc does not ask of both worlds: lookups, kinds of addresses, copies and allocations.
#include "client/net/uv_network.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/net/uv_listener.h"
#include "client/net/uv_loop.h"
#include "client/net/uv_read_buffers.h"
#include "client/net/uv_transport.h"
#include "client/testing/test_end.h"
#include "gtest/gtest.h"

namespace client {
namespace {

class Echo final : public AcceptHandler, private Protocol {
 public:
  std::unique_ptr<Transport> transport;
  bool over = false;

 private:
  void OnAccepted(std::unique_ptr<Transport> accepted, Name) override {
    transport = std::move(accepted);
    transport->SetProtocol(this);
  }
  void DataReceived(Slice bytes) override { transport->Write(std::move(bytes)); }
  void EofReceived() override { transport->Close(); }
  void ConnectionLost(Result<void>) override { over = true; }
  void PauseWriting() override { transport->PauseReading(); }
  void ResumeWriting() override { transport->ResumeReading(); }
};

// Sends `total` bytes, and compares what comes back; both with back-pressure.
class Talker final : public ResolveHandler, public ConnectHandler, public Protocol {
 public:
  explicit Talker(size_t total) : total_(total) {}

  std::string log;
  std::vector<Address> addresses;
  std::unique_ptr<Transport> transport;
  size_t received = 0;
  int pauses = 0;
  bool over = false;

  void OnResolved(Result<std::vector<Address>> result) override {
    over = true;
    if (result.ok()) {
      addresses = *std::move(result);
    } else {
      log = result.error().DebugString();
    }
  }
  void OnConnected(Result<std::unique_ptr<Transport>> result) override {
    if (!result.ok()) {
      log = result.error().DebugString();
      over = true;
      return;
    }
    transport = *std::move(result);
    transport->SetProtocol(this);
    SendOn();
  }

  void DataReceived(Slice bytes) override {
    for (size_t i = 0; i < bytes.size(); ++i, ++received) {
      if (bytes.data()[i] != At(received)) {
        log = absl::StrCat("a wrong byte at ", received);
        transport->Close();
        return;
      }
    }
  }
  void EofReceived() override { transport->Close(); }
  void ConnectionLost(Result<void> error) override {
    if (!error.ok()) log = error.error().DebugString();
    over = true;
  }
  void PauseWriting() override { ++pauses; }
  void ResumeWriting() override { SendOn(); }

 private:
  static char At(size_t offset) { return static_cast<char>('a' + offset % 23); }
  void SendOn() {
    while (sent_ < total_ && !transport->writing_paused()) {
      std::string part;
      for (size_t size = std::min<size_t>(total_ - sent_, 1 + sent_ % 50'000); size > 0; --size) part += At(sent_++);
      transport->Write(Slice::Copy(part));
    }
    if (sent_ == total_) transport->WriteEof();
  }

  const size_t total_;
  size_t sent_ = 0;
};

void EchoesOver(const Address& address) {
  UvLoop loop;
  UvNetwork network(loop);
  Echo echo;
  Result<std::unique_ptr<UvListener>> listener = UvListener::Listen(loop, address, SocketOptions(), Name(), echo);
  ASSERT_TRUE(listener.ok()) << listener.error().DebugString();
  Talker talker(20'000'000);
  std::unique_ptr<Operation> connect =
      network.Connect((*listener)->address(), SocketOptions(), Name(), talker);
  EXPECT_TRUE(loop.RunUntil([&] { return talker.over && (echo.over || echo.transport == nullptr); }));
  EXPECT_EQ(talker.log, "");
  EXPECT_EQ(talker.received, 20'000'000u);
  EXPECT_GT(talker.pauses, 0);
}

TEST(UvNetworkTest, EchoesOverIpv4) { EchoesOver({"127.0.0.1", 0}); }
TEST(UvNetworkTest, EchoesOverAUnixSocket) { EchoesOver({"unix:echo.sock", 0}); }
TEST(UvNetworkTest, EchoesOverIpv6) {
  UvLoop loop;
  Echo echo;
  // A sandbox or a container may have none.
  if (!UvListener::Listen(loop, {"::1", 0}, SocketOptions(), Name(), echo).ok()) GTEST_SKIP() << "no IPv6 here";
  EchoesOver({"::1", 0});
}

struct Taker final : public ConnectHandler {
  void OnConnected(Result<std::unique_ptr<Transport>> result) override { end.Use(*std::move(result)); }
  testing::TestEnd end;
};

TEST(UvNetworkTest, AbortingResetsWhateverWasWritten) {
  UvLoop loop;
  UvNetwork network(loop);
  Echo echo;
  Result<std::unique_ptr<UvListener>> listener =
      UvListener::Listen(loop, {"127.0.0.1", 0}, SocketOptions(), Name(), echo);
  ASSERT_TRUE(listener.ok());
  Taker taker;
  std::unique_ptr<Operation> connect = network.Connect((*listener)->address(), SocketOptions(), Name(), taker);
  ASSERT_TRUE(loop.RunUntil([&] { return echo.transport != nullptr; }));
  echo.transport->PauseReading();
  echo.transport->Write(Slice::Copy(std::string(20'000'000, 'x')));
  EXPECT_GT(echo.transport->unsent_bytes(), 0u);
  static_cast<UvTransport&>(*echo.transport).Abort();
  EXPECT_EQ(echo.transport->unsent_bytes(), 0u);
  EXPECT_TRUE(loop.RunUntil([&] { return taker.end.lost && echo.over; }));
  EXPECT_FALSE(taker.end.loss.ok());
  EXPECT_FALSE(taker.end.Saw("eof"));
}

std::string ConnectTo(const Address& address) {
  UvLoop loop;
  UvNetwork network(loop);
  Talker talker(0);
  std::unique_ptr<Operation> connect = network.Connect(address, SocketOptions(), Name(), talker);
  EXPECT_TRUE(loop.RunUntil([&] { return talker.over || talker.transport != nullptr; }));
  return talker.log;
}

TEST(UvNetworkTest, ErrorsOfConnectingSayWhereAndWhat) {
  Address nobody;
  {
    UvLoop loop;
    Echo echo;
    Result<std::unique_ptr<UvListener>> listener =
        UvListener::Listen(loop, {"127.0.0.1", 0}, SocketOptions(), Name(), echo);
    ASSERT_TRUE(listener.ok());
    nobody = (*listener)->address();
  }
  EXPECT_EQ(ConnectTo(nobody), absl::StrCat("connect: 127.0.0.1:", nobody.port, ": connection refused"));
  EXPECT_EQ(ConnectTo({"/no/such.sock", 0}), "connect: /no/such.sock: no such file or directory");
  const std::string longest(120, 'x');
  EXPECT_EQ(ConnectTo({"unix:" + longest, 0}), absl::StrCat("connect: unix:", longest, ": name too long"));
  EXPECT_EQ(ConnectTo({"a.test", 80}), "connect: a.test:80: invalid argument");
}

std::string Lookup(absl::string_view host, std::string& first) {
  UvLoop loop;
  UvNetwork network(loop);
  Talker talker(0);
  std::unique_ptr<Operation> lookup = network.Resolve(host, 8080, Name(), talker);
  EXPECT_FALSE(talker.over);
  EXPECT_TRUE(loop.RunUntil([&] { return talker.over; }));
  if (!talker.addresses.empty()) first = AddressText(talker.addresses.front());
  return talker.log;
}

TEST(UvNetworkTest, NumericHostsAreTheirOwnAddresses) {
  std::string first;
  EXPECT_EQ(Lookup("127.0.0.7", first), "");
  EXPECT_EQ(first, "127.0.0.7:8080");
  EXPECT_EQ(Lookup("fe80::1", first), "");
  EXPECT_EQ(first, "[fe80::1]:8080");
}

TEST(UvNetworkTest, OtherHostsAreLookedUp) {
  std::string first;
  EXPECT_EQ(Lookup("localhost", first), "");
  EXPECT_TRUE(first == "127.0.0.1:8080" || first == "[::1]:8080") << first;
  // Longer than a name in DNS may be: no server is asked.
  EXPECT_NE(Lookup(std::string(300, 'x'), first), "");
}

TEST(UvNetworkTest, ACancelledLookupIsSilentAndLeavesNothing) {
  UvLoop loop;
  UvNetwork network(loop);
  Talker talker(0);
  for (int i = 0; i < 20; ++i) network.Resolve("localhost", 80, Name(), talker);  // some queued, some at work
  std::unique_ptr<Operation> numeric = network.Resolve("127.0.0.1", 80, Name(), talker);
  numeric.reset();
  loop.RunUntil([] { return false; });
  EXPECT_FALSE(talker.over);
}

TEST(UvReadBuffersTest, ABufferIsUsedAgainOnceNobodyHoldsASlice) {
  UvReadBuffers buffers;
  const char* const first = buffers.Prepare(1000).data();
  { const Slice slice = buffers.Take(1000); }
  EXPECT_EQ(buffers.Prepare(1000).data(), first);
  const Slice held = buffers.Take(1000);
  EXPECT_NE(buffers.Prepare(1000).data(), first);
}

TEST(UvReadBuffersTest, SmallReadsShareABuffer) {
  UvReadBuffers buffers;
  std::vector<Slice> held;
  const char* const first = buffers.Prepare(64 << 10).data();
  for (int i = 0; i < 500; ++i) {
    const absl::Span<char> room = buffers.Prepare(64 << 10);
    ASSERT_EQ(room.data(), first + i * 64);
    ASSERT_GE(room.size(), size_t{32} << 10);
    room[0] = static_cast<char>(i);
    held.push_back(buffers.Take(1));
  }
  for (int i = 0; i < 500; ++i) EXPECT_EQ(held[static_cast<size_t>(i)].data()[0], static_cast<char>(i));
}

TEST(UvReadBuffersTest, ManyHeldBuffersComeBack) {
  UvReadBuffers buffers;
  std::vector<Slice> held;
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(buffers.Prepare(100).size(), 100u);
    held.push_back(buffers.Take(100));
  }
  held.clear();
  EXPECT_EQ(buffers.Prepare(5000).size(), 5000u);
  EXPECT_GE(buffers.Prepare(100).size(), 50u);
}

}  // namespace
}  // namespace client
