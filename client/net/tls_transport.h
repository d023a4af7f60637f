// TLS on any transport: a Protocol of the one below, and a Transport to its user, with the same contract (transport.h).
//
//   std::unique_ptr<Operation> handshake = StartTls(loop, context, {"a.test", 443}, std::move(transport), {}, max_read,
//                                                   handler);
//   ... handler.OnConnected() gets the transport through which plain bytes go, or why there is none ...
//
//   1. The handshake comes first, as an operation like a connect: destroying it closes the connection. It fails with
//      kCertificate or kTls, and says what the peer's certificate or the peer lacks. What fails later is kTls.
//   2. What one delivery of the transport below holds is decrypted and delivered as one, in the same step: at most
//      `max_read` bytes and a record more (16 KiB). Only the rest of what is more takes a step on the source "tls" of
//      the connection, and so do an end and the outcome of the handshake.
//   3. PauseReading() pauses the transport below, and keeps back what has been decrypted, ends included.
//   4. The peer's close_notify is EofReceived(). An end of the connection without it may have been made by anybody: it
//      is ConnectionLost() with kDisconnected (RFC 8446 section 6.1, RFC 9112 section 9.8).
//   5. WriteEof() and Close() send close_notify, and then do the same below. SayGoodbye() sends it and no more, unless
//      something waits below, behind which it could not be sent. Destroying sends nothing: the peer knows it was cut.
//   6. Written bytes are encrypted at once and wait, if they must, in the transport below: its marks are the user's.
//
// The context's entropy draws all that is random: see TlsContext.
#ifndef CLIENT_NET_TLS_TRANSPORT_H_
#define CLIENT_NET_TLS_TRANSPORT_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/base/slice.h"
#include "client/net/event_loop.h"
#include "client/net/network.h"
#include "client/net/protocol_calls.h"
#include "client/net/tls_bytes.h"
#include "client/net/tls_context.h"
#include "client/net/transport.h"

namespace client {

// `early` are bytes from `transport` that came before. `peer` is whom a client means; a server's is only for errors.
// Neither `loop` nor `handler` is owned. The transport that the handler gets is a TlsTransport.
std::unique_ptr<Operation> StartTls(EventLoop& loop, std::shared_ptr<TlsContext> context, TlsPeer peer,
                                    std::unique_ptr<Transport> transport, Slice early, size_t max_read,
                                    ConnectHandler& handler);

class TlsTransport final : public Transport, private Protocol {
 public:
  static constexpr size_t kRecordMax = 16 << 10;  // bytes of plain text (RFC 8446 section 5.1)

  // As an Operation: see StartTls(). `done` is called once with `argument`, as a step of its own.
  TlsTransport(EventLoop& loop, std::shared_ptr<TlsContext> context, TlsPeer peer,
               std::unique_ptr<Transport> transport, size_t max_read, Runnable::Function done, void* argument);
  ~TlsTransport() override;
  void Handshake(Slice early);
  const absl::optional<ClientError>& handshake_error() const { return error_; }  // once done

  void SetProtocol(Protocol* protocol) override;
  void Write(Slice bytes) override;
  void WriteEof() override;
  void Close() override;
  void SayGoodbye() override;
  void PauseReading() override;
  void ResumeReading() override;
  bool reading_paused() const override { return paused_; }
  bool writing_paused() const override { return below_->writing_paused(); }
  size_t unsent_bytes() const override { return below_->unsent_bytes(); }
  bool closing() const override { return closing_ || lost_ || below_lost_; }
  Name name() const override { return below_->name(); }

  // What goes through it is not encrypted: its FIN is an end without close_notify.
  Transport& below() { return *below_; }
  bool resumed() const;               // an earlier session, without certificates
  std::string DebugString() const;    // "TLSv1.3, TLS_AES_256_GCM_SHA384, http/1.1, resumed"

  // For TlsContext: a session that could be resumed; false if it is not wanted.
  bool KeepSession(ssl_session_st* session);

 private:
  enum class Event : uint8_t { kNone, kData, kEof, kLoss };
  struct Free {
    void operator()(ssl_st* ssl) const;
  };

  // Protocol.
  void DataReceived(Slice bytes) override;
  void EofReceived() override;
  void ConnectionLost(Result<void> error) override;
  void PauseWriting() override;
  void ResumeWriting() override;

  void Shake();
  void HandshakeFailed(ErrorKind kind, absl::string_view why);
  void Step();
  Event Next() const;
  void RunOne();
  Slice Decrypt();
  void Fail(int outcome);
  void Lose(Result<void> error);
  bool Flush();  // false if that destroyed this
  void SendCloseNotify();
  void PostIfDue();
  void Throttle();

  const std::shared_ptr<TlsContext> context_;
  const TlsPeer peer_;
  const size_t max_read_;
  Source source_;
  Runnable step_;
  Runnable::Function done_;  // null once the handshake is over and that was told
  void* const argument_;
  ProtocolCalls calls_;
  TlsBytes bytes_;
  std::unique_ptr<ssl_st, Free> ssl_;
  absl::optional<ClientError> error_;  // of the handshake
  absl::optional<Result<void>> loss_;  // to be reported when everything before it was
  bool secured_ = false;
  bool broken_ = false;  // OpenSSL will do nothing more
  bool paused_ = false;
  bool throttled_ = false;   // the transport below is paused for our own sake
  bool ended_ = false;       // close_notify has come
  bool eof_reported_ = false;
  bool shut_down_ = false;   // close_notify was sent
  bool cut_ = false;         // loss_ is that close_notify has not come
  bool urgent_ = false;      // loss_ is reported even while paused: a write has failed
  bool closing_ = false;
  bool flushing_ = false;    // Flush() is on the stack
  bool eof_due_ = false;     // WriteEof() and Close() below, once everything is there
  bool close_due_ = false;
  bool below_lost_ = false;
  bool lost_ = false;  // ConnectionLost() was called
  std::unique_ptr<Transport> below_;  // last, so that it goes first
};

}  // namespace client

#endif  // CLIENT_NET_TLS_TRANSPORT_H_
