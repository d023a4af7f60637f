// One connection of a proxy, with its leg to the server. Internal to ProxyServer.
#ifndef SIM_HTTP_PROXY_CONNECTION_H_
#define SIM_HTTP_PROXY_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/intrusive_list.h"
#include "client/http/http_parser.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"
#include "client/net/transport.h"
#include "sim/http/proxy_server.h"
#include "sim/http/server_event.h"

namespace sim {

class ProxyConnection final : public client::ListNode<ProxyConnectionTag>,
                              private client::HttpParser::Events,
                              private client::ResolveHandler,
                              private client::ConnectHandler {
 public:
  // `name` is that of this end, `connection` the client's name of the connection.
  ProxyConnection(ProxyServer& proxy, std::unique_ptr<client::Transport> transport, Name name, Name connection);
  ~ProxyConnection() override;

  void Heal();

 private:
  enum class Stage : uint8_t {
    kAsked,    // the head of the first request is awaited
    kOpening,  // a pause, a lookup, connects; nothing is read
    kRelaying,
    kSilent,
    kClosing,  // nothing that comes is looked at any more
  };

  // One of its two ends, towards the client and towards the server.
  class Side final : public client::Protocol {
   public:
    explicit Side(ProxyConnection& owner) : owner_(owner) {}

    void DataReceived(client::Slice bytes) override { owner_.Received(*this, std::move(bytes)); }
    void EofReceived() override { owner_.Ended(*this); }
    void ConnectionLost(client::Result<void> error) override { owner_.Lost(*this, error.ok()); }
    void PauseWriting() override {
      if (owner_.stage_ == Stage::kRelaying) owner_.Other(*this).transport->PauseReading();
    }
    void ResumeWriting() override {
      if (owner_.stage_ == Stage::kRelaying) owner_.Other(*this).transport->ResumeReading();
    }

    std::unique_ptr<client::Transport> transport;
    bool ended = false;  // it sends nothing more
    bool lost = false;

   private:
    ProxyConnection& owner_;
  };

  Side& Other(const Side& side) { return &side == &front_ ? back_ : front_; }
  void Received(Side& side, client::Slice bytes);
  void Ended(Side& side);
  void Lost(Side& side, bool ok);

  // HttpParser::Events.
  void OnHead(client::MessageHead& head) override;
  void OnBody(absl::string_view part) override {}
  void OnMessageComplete() override {}

  void ReadConnect(const client::MessageHead& head);
  void ReadAbsolute(const client::MessageHead& head);
  void FirstRequest(const client::Slice& bytes);
  void GoOn();  // the pause before it is over
  void OnResolved(client::Result<std::vector<client::Address>> addresses) override;
  void OnConnected(client::Result<std::unique_ptr<client::Transport>> transport) override;
  void ConnectNext();
  void Relay(std::unique_ptr<client::Transport> transport);
  void Unreachable();
  bool AnswerConnect(int status);  // false: it is being closed
  void BeSilent();
  void Close();
  void Malformed(absl::string_view why);
  void BuryIfLost();
  void Record(ServerEvent event, uint32_t b = 0);

  ProxyServer& proxy_;
  const Name connection_;
  const Name name_;  // of this end
  client::HttpParser parser_;
  Stage stage_ = Stage::kAsked;

  // The first request.
  std::string received_;  // with what has come behind it, until there is a leg
  size_t head_bytes_ = 0;  // of CONNECT
  bool understood_ = false;
  std::string problem_;   // what a callback of the parser did not like
  const ConnectPlan* connect_ = nullptr;  // null: it is in absolute form
  std::string host_;
  uint16_t port_ = 0;

  std::vector<client::Address> addresses_;
  size_t attempts_ = 0;  // of connects
  std::unique_ptr<client::Operation> operation_;
  Timer pace_timer_;
  Side front_;
  Side back_;  // without a transport until there is a leg
};

}  // namespace sim

#endif  // SIM_HTTP_PROXY_CONNECTION_H_
