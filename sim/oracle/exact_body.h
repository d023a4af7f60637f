// EXACT-BODY: what a user reads is a prefix of the body that was sent for his request, and all of it at a clean end.
//
// Every byte is a function of the request and the offset, so a byte that is lost, doubled, moved or made up shows where
// it surfaces. The messages of a WebSocket are received whole, in order and without a loss. The same for the bodies of
// requests and the messages of the client, at the server: an upload that is given up gets no valid end. Bytes of
// another request are OWNERSHIP's. A read that asks for an exact number of bytes, for no more than so many, or for all
// up to a delimiter is given just that. Of what an untruthful server says, a body is what was sent on that connection,
// part by part in that order, unless it was encoded: then it is not more than anything could be decoded to; and a
// message of text is text (RFC 6455 section 8.1).
#ifndef SIM_ORACLE_EXACT_BODY_H_
#define SIM_ORACLE_EXACT_BODY_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "sim/oracle/ledger_law.h"
#include "sim/oracle/utf8.h"
#include "sim/world/pattern.h"

namespace sim {

class ExactBody final : public LedgerLaw {
 public:
  ExactBody(World& world, Ledger& ledger)
      : LedgerLaw(world, ledger, LawId::kExactBody,
                  {Fact::kConnectionAcquired, Fact::kPartRead, Fact::kReadRefused, Fact::kBodyRead, Fact::kBodyEnded,
                   Fact::kServerBody, Fact::kServerComplete, Fact::kMessageReceived, Fact::kMessagesEnded,
                   Fact::kMessagesFailed, Fact::kMessageArrived, Fact::kCloseArrived}) {}

  void OnConnectionAcquired(const ConnectionRecord& connection, const RequestRecord& request,
                            Name previous_holder) override {
    if (!connection.said.empty() || !positions_.empty()) PositionOf(request.name).at = connection.said.size();
  }

  void OnPartRead(const RequestRecord& request, const ReadTerms& terms, absl::string_view bytes) override {
    if (bytes.size() < terms.least || bytes.size() > terms.most) {
      return Violated([&] {
        return absl::StrCat("a read of the body of ", words().Of(request.name), " gave ", Grouped(bytes.size()),
                            " bytes, where ", Asked(terms), " were asked for");
      });
    }
    const size_t end = bytes.find(terms.delimiter);
    if (terms.delimiter.empty() || end + terms.delimiter.size() == bytes.size()) return;
    Violated([&] {
      return absl::StrCat("a read of the body of ", words().Of(request.name), " gave ", Grouped(bytes.size()),
                          " bytes, which do not end with the first delimiter");
    });
  }

  void OnReadRefused(const RequestRecord& request, const ReadTerms& terms) override {
    Violated([&] {
      return absl::StrCat("a read of the body of ", words().Of(request.name), " gave up, where ", Asked(terms),
                          " bytes were asked for and more may come");
    });
  }

  void OnBodyRead(const RequestRecord& request, uint64_t offset, absl::string_view bytes) override {
    if (offset != request.body_read) {
      return Violated([&] {
        return absl::StrCat("the body of ", words().Of(request.name), " goes on at byte ", Grouped(offset), " after ",
                            Grouped(request.body_read), " bytes");
      });
    }
    if (request.body_ends > 0) {
      return Violated([&] { return absl::StrCat("the body of ", words().Of(request.name), " goes on after its end"); });
    }
    if (ServedUntruthfully(request)) return WasSaid(request, *ledger().FindConnection(request.connection), bytes);
    const ExchangeRecord* exchange = ledger().ExchangeOf(request.name);
    const bool encoded = exchange != nullptr && exchange->encoded;
    const size_t right =
        encoded ? MatchRepeating(request.name, offset, bytes) : MatchPattern(request.name, offset, bytes);
    Compare("the body of ", request.name, offset, right, bytes.size());
  }

  void OnServerBody(Name connection, Name request, uint64_t offset, absl::string_view bytes) override {
    Compare("the upload of ", request, offset, MatchPattern(request, offset, bytes), bytes.size());
  }

  void OnServerComplete(const ExchangeRecord& exchange) override {
    const OperationRecord* operation = ledger().FindOperation(exchange.request);
    if (operation == nullptr || operation->upload_bytes == exchange.request_body_bytes) return;
    Violated([&] {
      return absl::StrCat("the upload of ", words().Of(exchange.request), " came to a valid end after ",
                          Grouped(exchange.request_body_bytes), " of ", Grouped(operation->upload_bytes), " bytes");
    });
  }

  void OnBodyEnded(const RequestRecord& request, uint64_t total) override {
    if (ServedUntruthfully(request) || WasCrossed(request.name)) return;
    const ExchangeRecord* exchange = ledger().ExchangeOf(request.name);
    // A body that only the end of its connection ends can be cut without a trace (RFC 9112 section 8): then it is all
    // that has arrived.
    const bool known = exchange != nullptr && exchange->response_began;
    uint64_t planned = known ? exchange->body_bytes : 0;
    if (known && exchange->until_close && exchange->delivered) planned = exchange->body_delivered;
    // What is encoded says by itself where it ends, unless nothing of it has come.
    if (known && exchange->encoded && planned > 0) planned = exchange->plain_bytes;
    if (total == planned && request.body_read == planned) return;
    Violated([&] {
      return absl::StrCat("the body of ", words().Of(request.name), " ended cleanly after ", Grouped(request.body_read),
                          " of ", Grouped(planned), " bytes");
    });
  }

  void OnMessageReceived(const WebSocketRecord& socket, bool text, absl::string_view bytes) override {
    if (ServedUntruthfully(socket.name)) return MustBeText(socket, text, bytes);
    const size_t number = socket.received;
    if (number >= socket.sent.size() || !socket.sent[number].done) {
      return Violated([&] {
        return absl::StrCat(Message(socket, number), " was received although the server has sent ",
                            number < socket.sent.size() ? "only a part of it" : absl::StrCat("only ", number));
      });
    }
    const MessageRecord& sent = socket.sent[number];
    if (sent.text == text && sent.bytes == bytes.size() && MatchMessage(sent.key, text, bytes) == bytes.size()) return;
    Violated([&] {
      return absl::StrCat(Message(socket, number), " (", Kind(sent.text), ", ", Grouped(sent.bytes),
                          " bytes) was received as ", Kind(text), " of ", Grouped(bytes.size()),
                          " bytes, wrong from byte ", Grouped(MatchMessage(sent.key, sent.text, bytes)), " on");
    });
  }

  void OnMessagesEnded(const WebSocketRecord& socket, uint16_t close_code) override { MustHaveAll(socket); }
  void OnMessagesFailed(const WebSocketRecord& socket, absl::string_view error, uint16_t close_code) override {
    MustHaveAll(socket);
  }

  // Messages that were given up before their turn do not arrive; those whose send succeeded do, and in order.
  void OnMessageArrived(const WebSocketRecord& socket, bool text, absl::string_view bytes) override {
    for (size_t i = socket.arrived; i < socket.given.size(); ++i) {
      const MessageRecord& given = socket.given[i];
      if (given.text == text && given.bytes == bytes.size() && MatchMessage(given.key, text, bytes) == bytes.size()) {
        return;
      }
      if (given.done) return Lost(socket, i);
    }
    Violated([&] {
      return absl::StrCat("the server of ", words().Of(socket.name), " got a ", Kind(text), " message of ",
                          Grouped(bytes.size()), " bytes that nobody has sent");
    });
  }

  void OnCloseArrived(const WebSocketRecord& socket) override {
    for (size_t i = socket.arrived; i < socket.given.size(); ++i) {
      if (socket.given[i].done) return Lost(socket, i);
    }
  }

 private:
  static std::string Asked(const ReadTerms& terms) {
    if (terms.least == terms.most) return absl::StrCat("exactly ", Grouped(terms.least));
    return absl::StrCat("at least ", Grouped(terms.least), " and at most ", Grouped(terms.most));
  }
  static const char* Kind(bool text) { return text ? "text" : "binary"; }
  std::string Message(const WebSocketRecord& socket, size_t number) const {
    return absl::StrCat("message ", number + 1, " of ", words().Of(socket.name));
  }

  void MustBeText(const WebSocketRecord& socket, bool text, absl::string_view bytes) {
    if (!text || IsText(bytes)) return;
    Violated([&] { return absl::StrCat(words().Of(socket.name), " received text that is not UTF-8"); });
  }

  void Lost(const WebSocketRecord& socket, size_t number) {
    Violated([&] { return absl::StrCat(Message(socket, number), " was sent, and has not arrived at the server"); });
  }

  // Whoever closes a WebSocket himself may miss what comes meanwhile.
  void MustHaveAll(const WebSocketRecord& socket) {
    if (ServedUntruthfully(socket.name)) return;
    if (socket.closing || socket.received == socket.tracker.messages()) return;
    Violated([&] {
      return absl::StrCat(words().Of(socket.name), " has come to its end after ", socket.received, " of ",
                          socket.tracker.messages(), " messages that had arrived");
    });
  }

  static constexpr uint64_t kDecodedRatioMax = 1032;  // of deflate

  // How far the body of a request has got in what was said on the connection that it was given last.
  struct Position {
    Name request;
    size_t at = 0;  // bytes
  };

  void WasSaid(const RequestRecord& request, const ConnectionRecord& connection, absl::string_view bytes) {
    if (connection.said.find("Content-Encoding") != std::string::npos) {
      if (request.body_read + bytes.size() <= kDecodedRatioMax * connection.said.size()) return;
    } else {
      Position& position = PositionOf(request.name);
      const size_t at = connection.said.find(bytes.data(), position.at, bytes.size());
      if (at != std::string::npos) {
        position.at = at + bytes.size();
        return;
      }
    }
    Violated([&] {
      return absl::StrCat("the body of ", words().Of(request.name), " has ", Grouped(bytes.size()),
                          " bytes behind byte ", Grouped(request.body_read), " that nobody has sent");
    });
  }

  Position& PositionOf(Name request) {
    for (Position& position : positions_) {
      if (position.request == request) return position;
    }
    positions_.push_back({.request = request});
    return positions_.back();
  }

  void Compare(const char* what, Name key, uint64_t offset, size_t right, size_t size) {
    if (right == size) return;
    Violated([&] {
      return absl::StrCat(what, words().Of(key), " is wrong from byte ", Grouped(offset + right), " on");
    });
  }

  std::vector<Position> positions_;
};

}  // namespace sim

#endif  // SIM_ORACLE_EXACT_BODY_H_
