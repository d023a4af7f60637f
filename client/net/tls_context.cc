// RAND_set_rand_method() is the one place where a program may say what is random; it is marked as old.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "client/net/tls_context.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/check.h"
#include "client/net/tls_transport.h"

namespace client {
namespace {

constexpr unsigned char kProtocols[] = "\x08http/1.1";
constexpr unsigned int kProtocolsSize = sizeof(kProtocols) - 1;
constexpr size_t kTicketsKept = 4;  // of one host and port

thread_local Entropy* current_entropy = nullptr;

int RandomBytes(unsigned char* out, int size) {
  if (current_entropy == nullptr) return RAND_OpenSSL()->bytes(out, size);
  for (int i = 0; i < size; i += 8) {
    const uint64_t random = current_entropy->Next();
    std::memcpy(out + i, &random, static_cast<size_t>(std::min(8, size - i)));
  }
  return 1;
}
int Ready() { return 1; }

// Once, and only where a simulation asks for it.
void TakeOverRandom() {
  static const RAND_METHOD method = {nullptr, RandomBytes, nullptr, nullptr, RandomBytes, Ready};
  static const bool taken = RAND_set_rand_method(&method) == 1;
  CHECK(taken);
}

ClientError Unusable(absl::string_view what) {
  const unsigned long code = ERR_peek_last_error();  // NOLINT: OpenSSL's
  const char* reason = ERR_reason_error_string(code);
  std::string text = absl::StrCat("TLS: ", what);
  if (ERR_SYSTEM_ERROR(code)) {
    absl::StrAppend(&text, ": ", std::strerror(ERR_GET_REASON(code)));
  } else if (reason != nullptr) {
    absl::StrAppend(&text, ": ", reason);
  }
  ERR_clear_error();
  return ClientError(ErrorKind::kUsage, std::move(text));
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Pem = std::unique_ptr<BIO, FreeBio>;
Pem OpenPem(const std::string& text) { return Pem(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// The end of the input is no error.
bool AtEndOfPem() {
  const unsigned long code = ERR_peek_last_error();  // NOLINT: OpenSSL's
  const bool at_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
  if (at_end) ERR_clear_error();
  return at_end;
}

int SelectProtocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                   unsigned int in_size, void*) {
  unsigned char* selected = nullptr;
  const int outcome = SSL_select_next_proto(&selected, out_size, kProtocols, kProtocolsSize, in, in_size);
  *out = selected;
  return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

std::string KeyOf(const TlsPeer& peer) { return absl::StrCat(peer.host, ":", peer.port); }

}  // namespace

TlsEntropyScope::TlsEntropyScope(Entropy* entropy) : outer_(current_entropy) {
  if (entropy != nullptr) TakeOverRandom();
  current_entropy = entropy;
}
TlsEntropyScope::~TlsEntropyScope() { current_entropy = outer_; }

Result<std::shared_ptr<TlsContext>> TlsContext::Client(const TlsOptions& options) {
  std::shared_ptr<TlsContext> made(new TlsContext(options, /*is_server=*/false));
  const Result<void> set = made->Set(options);
  if (!set.ok()) return set.error();
  return made;
}

Result<std::shared_ptr<TlsContext>> TlsContext::Server(const TlsOptions& options) {
  if (options.certificate_pem.empty()) {
    return ClientError(ErrorKind::kUsage, "TLS: a server needs a certificate and its key");
  }
  std::shared_ptr<TlsContext> made(new TlsContext(options, /*is_server=*/true));
  const Result<void> set = made->Set(options);
  if (!set.ok()) return set.error();
  return made;
}

TlsContext::TlsContext(const TlsOptions& options, bool is_server)
    : is_server_(is_server),
      verify_(is_server ? options.ask_clients : options.verify),
      hosts_kept_(is_server ? 0 : options.hosts_kept),
      entropy_(options.entropy) {}

TlsContext::~TlsContext() {
  for (const auto& [key, sessions] : sessions_) {
    for (SSL_SESSION* session : sessions) SSL_SESSION_free(session);
  }
  SSL_CTX_free(context_);
}

size_t TlsContext::sessions() const {
  size_t count = 0;
  for (const auto& [key, sessions] : sessions_) count += sessions.size();
  return count;
}

Result<void> TlsContext::Set(const TlsOptions& options) {
  const TlsEntropyScope scope(entropy_);
  ERR_clear_error();
  context_ = SSL_CTX_new(is_server_ ? TLS_server_method() : TLS_client_method());
  CHECK(context_ != nullptr);
  CHECK(SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION) == 1);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS);  // 34 KiB of an idle connection
  if (is_server_) {
    SSL_CTX_set_alpn_select_cb(context_, &SelectProtocol, nullptr);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    CHECK(SSL_CTX_set_session_id_context(context_, kProtocols, kProtocolsSize) == 1);
  } else {
    CHECK(SSL_CTX_set_alpn_protos(context_, kProtocols, kProtocolsSize) == 0);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* session) {
      return static_cast<TlsTransport*>(SSL_get_app_data(ssl))->KeepSession(session) ? 1 : 0;
    });
  }
  const int when_asked = is_server_ ? SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT : SSL_VERIFY_PEER;
  SSL_CTX_set_verify(context_, verify_ ? when_asked : SSL_VERIFY_NONE, nullptr);
  X509_VERIFY_PARAM* const parameters = SSL_CTX_get0_param(context_);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_hostflags(
      parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (options.verify_at.has_value()) X509_VERIFY_PARAM_set_time(parameters, absl::ToTimeT(*options.verify_at));
  if (verify_) {
    const Result<void> authorities = SetAuthorities(options);
    if (!authorities.ok()) return authorities;
  }
  return options.certificate_pem.empty() ? Result<void>() : SetCertificate(options);
}

Result<void> TlsContext::SetAuthorities(const TlsOptions& options) {
  const char* const file = options.ca_file.empty() ? nullptr : options.ca_file.c_str();
  const char* const path = options.ca_path.empty() ? nullptr : options.ca_path.c_str();
  if (file != nullptr && SSL_CTX_load_verify_file(context_, file) != 1) {
    return Unusable(absl::StrCat("the authorities in ", file, " cannot be used"));
  }
  if (path != nullptr && SSL_CTX_load_verify_dir(context_, path) != 1) {
    return Unusable(absl::StrCat("the authorities in ", path, " cannot be used"));
  }
  if (file == nullptr && path == nullptr && options.system_cas) SSL_CTX_set_default_verify_paths(context_);
  ERR_clear_error();
  if (options.ca_pem.empty()) return Result<void>();
  const Pem pem = OpenPem(options.ca_pem);
  int count = 0;
  while (X509* const authority = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)) {
    ++count;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), authority);
    X509_free(authority);
  }
  if (!AtEndOfPem() || count == 0) return Unusable("the authorities in ca_pem cannot be used");
  return Result<void>();
}

Result<void> TlsContext::SetCertificate(const TlsOptions& options) {
  const Pem pem = OpenPem(options.certificate_pem);
  X509* certificate = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr);
  const bool used = certificate != nullptr && SSL_CTX_use_certificate(context_, certificate) == 1;
  X509_free(certificate);
  if (!used) return Unusable("the certificate cannot be used");
  while (X509* const link = PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr)) {
    CHECK(SSL_CTX_add0_chain_cert(context_, link) == 1);
  }
  if (!AtEndOfPem()) return Unusable("the chain of the certificate cannot be used");
  const Pem key_pem = OpenPem(options.key_pem);
  // A key that needs a password is refused, not asked for.
  const auto no_password = [](char*, int, int, void*) { return 0; };
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_pem.get(), nullptr, no_password, nullptr);
  const bool fits = key != nullptr && SSL_CTX_use_PrivateKey(context_, key) == 1;
  EVP_PKEY_free(key);
  if (!fits || SSL_CTX_check_private_key(context_) != 1) return Unusable("the key of the certificate cannot be used");
  return Result<void>();
}

SSL* TlsContext::NewConnection(const TlsPeer& peer, void* owner) {
  SSL* const ssl = SSL_new(context_);
  CHECK(ssl != nullptr);
  SSL_set_app_data(ssl, owner);
  if (is_server_) {
    SSL_set_accept_state(ssl);
    return ssl;
  }
  SSL_set_connect_state(ssl);
  std::string host = peer.host;
  if (host.size() > 1 && host.back() == '.') host.pop_back();  // the root of DNS is in no certificate
  if (IsAddress(host)) {
    if (verify_) CHECK(X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1);
  } else {
    // A name that is too long for either ends as one that no certificate has.
    SSL_set_tlsext_host_name(ssl, host.c_str());
    if (verify_ && SSL_set1_host(ssl, host.c_str()) != 1) SSL_set1_host(ssl, "invalid");
  }
  Offer(peer, ssl);
  ERR_clear_error();
  return ssl;
}

void TlsContext::Remember(const TlsPeer& peer, SSL_SESSION* session) {
  std::vector<SSL_SESSION*>& kept = sessions_[KeyOf(peer)];
  kept.push_back(session);
  if (kept.size() > kTicketsKept) {
    SSL_SESSION_free(kept.front());
    kept.erase(kept.begin());
  }
  if (sessions_.size() <= hosts_kept_) return;
  auto other = sessions_.begin();
  if (&other->second == &kept) ++other;
  for (SSL_SESSION* forgotten : other->second) SSL_SESSION_free(forgotten);
  sessions_.erase(other);
}

void TlsContext::Offer(const TlsPeer& peer, SSL* ssl) {
  const auto found = sessions_.find(KeyOf(peer));
  if (found == sessions_.end()) return;
  SSL_SESSION* const session = found->second.back();
  SSL_set_session(ssl, session);
  if (SSL_SESSION_get_protocol_version(session) < TLS1_3_VERSION) return;
  found->second.pop_back();
  SSL_SESSION_free(session);
  if (found->second.empty()) sessions_.erase(found);
}

}  // namespace client
