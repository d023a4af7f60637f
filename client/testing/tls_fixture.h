// Two ends of a TLS connection over a pair of transports, for the tests of TLS.
#ifndef CLIENT_TESTING_TLS_FIXTURE_H_
#define CLIENT_TESTING_TLS_FIXTURE_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/net/tls_authority.h"
#include "client/net/tls_transport.h"
#include "client/testing/test_loop.h"
#include "client/testing/transport_pair.h"
#include "gtest/gtest.h"

namespace client::testing {

class Dice final : public Entropy {
 public:
  uint64_t Next() override { return state_ = state_ * 6364136223846793005u + 1442695040888963407u; }

 private:
  uint64_t state_ = 7;
};

inline const TlsAuthority& Authority() {
  static const TlsAuthority authority("the test authority", kTestAuthorityKey);
  return authority;
}

inline TlsOptions ServerTlsOptions() {
  static const std::string certificate = Authority().Certify({.hosts = {"a.test", "*.wild.test", "10.0.0.1", "::1"}});
  TlsOptions options;
  options.certificate_pem = certificate;
  options.key_pem = kTestServerKey;
  return options;
}

inline TlsOptions ClientTlsOptions() {
  TlsOptions options;
  options.system_cas = false;
  options.ca_pem = Authority().pem();
  return options;
}

inline std::shared_ptr<TlsContext> Must(Result<std::shared_ptr<TlsContext>> context) {
  EXPECT_TRUE(context.ok()) << context.error().DebugString();
  return *context;
}

// One end of a connection: its handshake, what it received, and how it ended.
class Peer final : public Protocol, private ConnectHandler {
 public:
  void Start(TestLoop& loop, std::shared_ptr<TlsContext> context, const TlsPeer& peer,
             std::unique_ptr<Transport> below, Slice early = Slice()) {
    operation = StartTls(loop, std::move(context), peer, std::move(below), std::move(early), 64 << 10, *this);
  }

  std::unique_ptr<Operation> operation;
  std::unique_ptr<Transport> transport;
  std::string log;       // "secured eof lost(...)"
  std::string received;
  std::string greeting;  // written when the handshake is over
  bool answers = false;  // writes back what it receives
  bool pause_at_once = false;
  bool destroy_in_callback = false;
  uint64_t count = 0;
  size_t largest = 0;
  bool keep = true;
  bool writing_paused = false;

  TlsTransport& tls() { return static_cast<TlsTransport&>(*transport); }
  void Write(absl::string_view bytes) { transport->Write(Slice::Copy(bytes)); }

  void DataReceived(Slice bytes) override {
    EXPECT_FALSE(inside_);
    inside_ = true;
    count += bytes.size();
    largest = std::max(largest, bytes.size());
    if (keep) received.append(bytes.data(), bytes.size());
    if (answers) transport->Write(bytes);
    if (pause_at_once) transport->PauseReading();
    inside_ = false;
    if (destroy_in_callback) transport.reset();
  }
  void EofReceived() override {
    EXPECT_FALSE(inside_);
    log += "eof ";
    if (destroy_in_callback) transport.reset();
  }
  void ConnectionLost(Result<void> error) override {
    EXPECT_FALSE(inside_);
    absl::StrAppend(&log, "lost(", error.ok() ? "" : error.error().message(), ") ");
    if (destroy_in_callback) transport.reset();
  }
  void PauseWriting() override {
    EXPECT_FALSE(inside_);
    writing_paused = true;
  }
  void ResumeWriting() override {
    EXPECT_FALSE(inside_);
    writing_paused = false;
  }

 private:
  void OnConnected(Result<std::unique_ptr<Transport>> made) override {
    operation.reset();
    if (!made.ok()) {
      absl::StrAppend(&log, ErrorKindName(made.error().kind()), ": ", made.error().message());
      return;
    }
    log += "secured ";
    transport = *std::move(made);
    transport->SetProtocol(this);
    if (!greeting.empty()) Write(greeting);
  }
  bool inside_ = false;
};

class TlsFixture : public ::testing::Test {
 protected:
  void Connect(const TransportPair::Options& options = TransportPair::Options()) {
    pair = std::make_unique<TransportPair>(loop, options);
    if (server_context == nullptr) server_context = Must(TlsContext::Server(ServerTlsOptions()));
    if (client_context == nullptr) client_context = Must(TlsContext::Client(ClientTlsOptions()));
  }
  void Start() {
    server.Start(loop, server_context, TlsPeer{"a client", 0}, pair->Take(1));
    client.Start(loop, client_context, peer, pair->Take(0));
  }
  void Shake() {
    Connect();
    Start();
    loop.RunReady();
    ASSERT_EQ(client.log, "secured ");
    ASSERT_EQ(server.log, "secured ");
  }
  // Both draw the same numbers each time: what they send has the same sizes.
  void Repeat() {
    dice = Dice();
    TlsOptions of_server = ServerTlsOptions();
    of_server.entropy = &dice;
    TlsOptions of_client = ClientTlsOptions();
    of_client.entropy = &dice;
    server_context = Must(TlsContext::Server(of_server));
    client_context = Must(TlsContext::Client(of_client));
  }
  std::string Failure(const TlsOptions& of_server, const TlsOptions& of_client) {
    server_context = Must(TlsContext::Server(of_server));
    client_context = Must(TlsContext::Client(of_client));
    Connect();
    Start();
    loop.RunReady();
    return client.log;
  }
  void Again() {
    client = Peer();
    server = Peer();
    pair.reset();
  }

  TestLoop loop;
  Dice dice;
  TlsPeer peer{"a.test", 443};
  std::shared_ptr<TlsContext> server_context;
  std::shared_ptr<TlsContext> client_context;
  std::unique_ptr<TransportPair> pair;
  Peer client;
  Peer server;
};

}  // namespace client::testing

#endif  // CLIENT_TESTING_TLS_FIXTURE_H_
