// What TLS connections have in common: whom they trust, what they show, and the sessions that they can resume.
//
//   TlsOptions options;
//   options.ca_pem = our_own_ca;
//   Result<std::shared_ptr<TlsContext>> context = TlsContext::Client(options);
//
//   1. TLS 1.2 is the least (RFC 9325 section 3.1.1). There is no renegotiation and no compression.
//   2. A client verifies the server's chain, and that it is for the host asked for: its name, or its address if that is
//      what was asked for (RFC 9110 section 4.3.4). Only `verify = false` changes that.
//   3. A client offers "http/1.1" (RFC 7301), the name of the host (SNI, RFC 6066; never an address), and a session of
//      an earlier connection to the same host and port, if there is one. A ticket of TLS 1.3 is used once (RFC 8446
//      appendix C.4).
//   4. With `entropy`, which is for simulations alone, whatever OpenSSL draws in a call of a connection of this context
//      comes from there, and the same calls make the same bytes. Only what says the time of day may differ: the age of
//      a ticket, in encrypted bytes, never how many there are. Without it OpenSSL uses its own, as it must.
//
// One thread. Connections share the context and keep it alive.
#ifndef CLIENT_NET_TLS_CONTEXT_H_
#define CLIENT_NET_TLS_CONTEXT_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/base/error.h"
#include "client/net/entropy.h"

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;

namespace client {

struct TlsOptions {
  // False: whoever answers is believed, and the connection is worth no more than one without TLS.
  bool verify = true;
  // Authorities: a file or a folder (hashed names) of theirs, else those that the system trusts, if `system_cas`; and
  // those in `ca_pem` besides. Of a server: whose certificates its clients must show, if `ask_clients`.
  std::string ca_file;
  std::string ca_path;
  bool system_cas = true;
  std::string ca_pem;
  // What this end shows: a certificate with its chain, and its key. Required of a server.
  std::string certificate_pem;
  std::string key_pem;
  bool ask_clients = false;  // servers
  // The time at which certificates must be valid; absent: now, by the host's clock.
  absl::optional<absl::Time> verify_at;
  size_t hosts_kept = 256;       // for how many hosts and ports sessions are kept; 0: nothing is resumed
  Entropy* entropy = nullptr;    // see above; not owned
};

// While one exists, what OpenSSL draws comes from `entropy`; if that is null, from OpenSSL's own.
class TlsEntropyScope {
 public:
  explicit TlsEntropyScope(Entropy* entropy);
  TlsEntropyScope(const TlsEntropyScope&) = delete;
  TlsEntropyScope& operator=(const TlsEntropyScope&) = delete;
  ~TlsEntropyScope();

 private:
  Entropy* const outer_;
};

// The server that a client means.
struct TlsPeer {
  std::string host;  // a name or a numeric address, without brackets
  uint16_t port = 0;
};

class TlsContext {
 public:
  // Fail with kUsage: files that cannot be read, PEM that is none, a key that does not belong to the certificate.
  static Result<std::shared_ptr<TlsContext>> Client(const TlsOptions& options);
  static Result<std::shared_ptr<TlsContext>> Server(const TlsOptions& options);

  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  bool is_server() const { return is_server_; }
  size_t sessions() const;  // that could be resumed

 private:
  friend class TlsTransport;

  TlsContext(const TlsOptions& options, bool is_server);

  Result<void> Set(const TlsOptions& options);
  Result<void> SetAuthorities(const TlsOptions& options);
  Result<void> SetCertificate(const TlsOptions& options);

  // A connection to `peer` (of a client), or of one that has come. Its data is `owner`.
  ssl_st* NewConnection(const TlsPeer& peer, void* owner);
  void Remember(const TlsPeer& peer, ssl_session_st* session);  // takes over the reference
  void Offer(const TlsPeer& peer, ssl_st* ssl);

  const bool is_server_;
  const bool verify_;
  const size_t hosts_kept_;
  Entropy* const entropy_;
  ssl_ctx_st* context_ = nullptr;
  std::map<std::string, std::vector<ssl_session_st*>> sessions_;  // by "a.test:443"; the youngest last
};

}  // namespace client

#endif  // CLIENT_NET_TLS_CONTEXT_H_
