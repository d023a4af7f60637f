// One connection of a scripted server: requests in, responses out. Internal to HttpServer.
#ifndef SIM_HTTP_SERVER_CONNECTION_H_
#define SIM_HTTP_SERVER_CONNECTION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/base/intrusive_list.h"
#include "client/http/headers.h"
#include "client/http/http_parser.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"
#include "sim/http/http_server.h"
#include "sim/http/server_event.h"
#include "sim/http/websocket_server_connection.h"

namespace sim {

class ServerConnection final : public client::Protocol,
                               public client::ListNode<ServerConnectionTag>,
                               private client::HttpParser::Events {
 public:
  // `name` is that of this end, `connection` the client's name of the connection.
  ServerConnection(HttpServer& server, std::unique_ptr<client::Transport> transport, Name name, Name connection);
  ~ServerConnection() override = default;

  void Begin(client::Slice early) { DataReceived(std::move(early)); }
  void Heal();

 private:
  enum class Stage : uint8_t {
    kIdle,       // no request, or a part of a head
    kRequest,    // the head of a request has come; its body may still come
    kHead,       // the head of the response is next
    kBody,       // a piece of its body is next
    kAnswered,   // the response is complete, the body of the request is not
    kFarewell,   // FIN was sent behind the response; the client's is awaited
    kSilent,
    kUpgraded,   // the connection is socket_'s
    kClosing,    // nothing that comes is looked at any more
  };

  // Protocol.
  void DataReceived(client::Slice bytes) override;
  void EofReceived() override;
  void ConnectionLost(client::Result<void> error) override;
  void PauseWriting() override {}
  void ResumeWriting() override { Advance(); }

  // HttpParser::Events.
  void OnHead(client::MessageHead& head) override;
  void OnBody(absl::string_view part) override;
  void OnMessageComplete() override;

  absl::string_view PathOf(absl::string_view target);
  bool IsHandshake(const client::MessageHead& head);
  void SwitchProtocols();
  void Advance();
  bool MayGoOn(int64_t scripted_ns);
  void BeginResponse();
  void WriteHead();
  void WritePiece();
  void WriteEndOfBody();
  void FinishResponse();
  void NextRequest();
  void BeSilent();
  void Close(ServerEvent why);
  void CloseIdle();
  void Malformed(absl::string_view why);
  void Write(absl::string_view bytes);
  bool IsChunked() const { return response_->framing == ResponsePlan::Framing::kChunked; }
  bool IsUntilClose() const { return response_->framing == ResponsePlan::Framing::kUntilClose; }
  void Record(ServerEvent event, uint32_t b = 0) {
    server_.world_.Record(TraceKind::kServer, name_, static_cast<uint64_t>(event), b);
  }

  HttpServer& server_;
  const Name connection_;
  const Name name_;  // of this end
  client::HttpParser parser_;
  Stage stage_ = Stage::kIdle;
  uint32_t ordinal_ = 0;
  bool begun_ = false;  // the request: a byte of it has come
  bool absolute_form_ = false;  // of the first request, and so of all

  // The request under way.
  Name request_;
  bool bodiless_ = false;  // the response has none, whatever its plan says
  bool request_complete_ = false;
  uint64_t request_bytes_ = 0;  // of its body
  std::string problem_;         // what a callback of the parser did not like

  // Its response.
  const ResponsePlan* response_ = nullptr;
  bool may_encode_ = false;  // the request accepts its encoding
  std::string encoded_;      // the body, if it is encoded; else empty
  uint64_t plain_bytes_ = 0;  // of the body before it was encoded
  uint64_t body_bytes_ = 0;
  uint64_t sent_ = 0;
  uint64_t piece_ = 0;
  bool paced_ = false;  // the pause before the next piece is over
  bool close_after_head_ = false;
  bool close_after_ = false;
  client::Headers headers_;
  std::string scratch_;
  std::string accept_;  // what a handshake is answered with
  absl::optional<client::AcceptedDeflate> deflate_;  // ... if messages will be compressed
  std::unique_ptr<WebSocketServerConnection> socket_;

  Timer pace_timer_;
  Timer read_timer_;
  Timer idle_timer_;
  std::unique_ptr<client::Transport> transport_;  // last, so that it goes first
};

}  // namespace sim

#endif  // SIM_HTTP_SERVER_CONNECTION_H_
