// One end of a WebSocket (RFC 6455) of a scripted server, from the 101 on. Internal to HttpServer.
//
//   1. It says what its plan says, frame by frame; then what it echoes; then comes the plan's ending. What its messages
//      hold follows from their keys (FillMessage() in sim/world/pattern.h).
//   2. Everything that the client sends is checked: whole, masked frames, messages that are contiguous, control frames
//      of at most 125 bytes, text that is UTF-8, pongs that answer a ping, nothing behind a Close. What is not so is
//      reported as FramesMalformed, and ends the connection.
//   3. Before each frame of a message it asks "server.pace" (how long it pauses first) and "server.close": 1 hangs up,
//      2 hangs up inside the frame. Asker is the server's end.
//   4. It always reads: whoever sends and does not receive is not held up by what is echoed.
//   5. On Heal() what keeps silent hangs up, and whoever has nothing more to say closes with 1001.
#ifndef SIM_HTTP_WEBSOCKET_SERVER_CONNECTION_H_
#define SIM_HTTP_WEBSOCKET_SERVER_CONNECTION_H_

#include <cstdint>
#include <deque>
#include <string>

#include "absl/strings/string_view.h"
#include "client/net/event_loop.h"
#include "client/net/transport.h"
#include "client/websocket/frame_codec.h"
#include "sim/net/wire_observer.h"
#include "sim/oracle/frame_tracker.h"
#include "sim/scenario/plan.h"
#include "sim/world/world.h"

namespace sim {

class WebSocketServerConnection final : public client::Protocol, private client::FrameDecoder::Events {
 public:
  // Of this end, of the connection as the client calls it, and of the request that asked for the WebSocket.
  struct Names {
    Name end;
    Name connection;
    Name socket;
  };

  // Nothing is owned. `http` had the connection before, and hears of its loss.
  WebSocketServerConnection(World& world, ServerObserver& observer, const WebSocketPlan& plan,
                            client::Transport& transport, client::Protocol& http, const Names& names);

  // Messages are compressed as `agreed`, all of its own. Before Start().
  void Compress(const client::DeflateParameters& agreed);
  // The 101 has been written. `healed`: faults are over already.
  void Start(bool healed);
  void Heal();

 private:
  enum class Stage : uint8_t {
    kTalking,
    kClosing,  // its Close was sent, the client's is awaited
    kSilent,   // nothing is said any more
    kOver,     // the connection is being closed: nothing that comes is looked at
  };
  struct Message {
    Name key;
    bool text;
    uint64_t bytes;
  };

  // Protocol.
  void DataReceived(client::Slice bytes) override;
  void EofReceived() override { HangUp(); }
  void ConnectionLost(client::Result<void> error) override;
  void PauseWriting() override {}
  void ResumeWriting() override { Advance(); }

  // FrameDecoder::Events.
  void OnMessage(client::WebSocketMessage message) override;
  void OnPing(client::Slice payload) override;
  void OnPong(client::Slice payload) override;
  void OnClose(uint16_t code, absl::string_view reason) override;

  void Advance();
  void NextMessage();
  bool MayGoOn();
  void WriteFrame();
  client::Slice MakeFrame(client::FrameOpcode opcode, bool fin, absl::string_view part);
  void WritePing();
  void End();
  void BeSilent();
  void StartClose(uint16_t code);
  void AnswerClose();
  void HangUp();
  void Echo(bool text, absl::string_view bytes);
  void Malformed(absl::string_view why);

  World& world_;
  ServerObserver& observer_;
  const WebSocketPlan& plan_;
  client::Transport& transport_;
  client::Protocol& http_;
  const Names names_;
  Stage stage_ = Stage::kTalking;
  bool healed_ = false;

  client::FrameDecoder decoder_;
  absl::optional<client::MessageDeflater> deflater_;
  FrameTracker tracker_;  // where the client's Close ends
  uint16_t answer_ = 0;   // to it

  uint64_t own_messages_ = 0;  // to be sent in all
  uint64_t made_ = 0;          // of these
  std::deque<Message> echoes_;
  uint64_t heard_ = 0;  // the number behind that of the client's last message

  // The message that is being sent.
  bool sending_ = false;
  bool text_ = false;
  std::string content_;
  uint64_t sent_ = 0;      // bytes of it
  uint64_t fragment_ = 0;  // bytes of a frame; 0: no limit
  bool paced_ = false;     // the pause before the next frame is over
  uint64_t frames_ = 0;    // of messages
  uint64_t pings_ = 0;

  Timer pace_timer_;
  Timer close_timer_;
};

}  // namespace sim

#endif  // SIM_HTTP_WEBSOCKET_SERVER_CONNECTION_H_
