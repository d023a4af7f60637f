// What the seam promises, asked of every implementation of it: the real one and the simulated one are the same to a
// client as far as this suite can tell. Where they differ, one of the two is wrong.
//
//   INSTANTIATE_TEST_SUITE_P(Uv, SeamLoopTest, ::testing::Values(&MakeUvWorld));
//   INSTANTIATE_TEST_SUITE_P(Uv, SeamNetworkTest, ::testing::Values(&MakeUvWorld));
//   INSTANTIATE_TEST_SUITE_P(Uv, SeamTransportTest, ::testing::Values(&MakeUvWorld));
//
// TLS on a transport is a transport, and stands the third of them: see tls_seam_world.h.
// The tests say nothing of times, of how bytes are cut into chunks, nor of what a kernel's buffers hold.
#ifndef CLIENT_TESTING_SEAM_CONFORMANCE_H_
#define CLIENT_TESTING_SEAM_CONFORMANCE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/testing/seam_world.h"
#include "client/testing/test_end.h"
#include "gtest/gtest.h"

namespace client::testing {

class SeamTest : public ::testing::TestWithParam<MakeSeamWorld> {
 protected:
  SeamTest() : world(GetParam()()) {}

  EventLoop& loop() { return world->loop(); }
  bool RunUntil(absl::FunctionRef<bool()> done) { return world->RunUntil(done); }

  std::unique_ptr<SeamWorld> world;
};

// event_loop.h
class SeamLoopTest : public SeamTest {};

// Hears of one lookup or connect.
class TestOperation final : public ResolveHandler, public ConnectHandler {
 public:
  std::unique_ptr<Operation> operation;
  bool keep_operation = false;  // else it is destroyed by the handler
  int answers = 0;
  std::string error;
  Name failed_on;
  Source* source = nullptr;  // that called the handler
  std::vector<Address> addresses;
  std::unique_ptr<Transport> transport;
  EventLoop* loop = nullptr;

  void OnResolved(Result<std::vector<Address>> result) override {
    Answered(result);
    if (result.ok()) addresses = *std::move(result);
  }
  void OnConnected(Result<std::unique_ptr<Transport>> result) override {
    Answered(result);
    if (result.ok()) transport = *std::move(result);
  }

 private:
  template <class T>
  void Answered(const Result<T>& result) {
    ++answers;
    if (!result.ok()) {
      error = result.error().DebugString();
      failed_on = result.error().connection();
    }
    if (loop != nullptr) source = loop->current();
    if (!keep_operation) operation.reset();
  }
};

// network.h
class SeamNetworkTest : public SeamTest {
 protected:
  void Connect(const Address& address, TestOperation& connect, uint32_t number = 1) {
    connect.loop = &loop();
    connect.operation = world->network().Connect(address, SocketOptions(),
                                                 MakeName(loop(), Name(), "connection", number), connect);
  }
};

// transport.h
class SeamTransportTest : public SeamTest {
 protected:
  SeamTransportTest() {
    for (TestEnd* end : {&client, &server}) end->log_bytes = false;
  }
  ~SeamTransportTest() override {
    for (TestEnd* end : {&client, &server}) EXPECT_EQ(end->faults, "");
  }

  // Both ends, with protocols.
  void Connect();
  void Connect(const SocketOptions& options) {
    client_options = server_options = options;
    Connect();
  }
  static Slice Bytes(size_t size) { return Slice::Copy(std::string(size, 'x')); }
  // `size` bytes in many slices of one buffer.
  static void WriteMany(Transport& transport, size_t size);
  // Writes until the end has to pause; returns how many bytes.
  static size_t Fill(TestEnd& end);
  void Renew();  // both ends, for another connection
  bool IsSourceOf(Name source, const Transport& transport) {
    return source == transport.name() || (world->tls() && source == MakeName(loop(), transport.name(), "tls"));
  }
  // The server's end closes by a reset: something that the client had sent was not read. The client is told nothing
  // yet if its reading is paused.
  void ResetByServer();

  SocketOptions client_options;
  SocketOptions server_options;
  TestEnd client;
  TestEnd server;
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_SEAM_CONFORMANCE_H_
