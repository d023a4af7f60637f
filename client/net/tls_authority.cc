#include "client/net/tls_authority.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/base/check.h"

namespace client {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

Key ReadKey(const std::string& pem) {
  const std::unique_ptr<BIO, Free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  CHECK(key != nullptr);
  return key;
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 || inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

void AddExtension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// A certificate of `subject` and its key, signed by `issuer`; an authority's if `hosts` are empty.
std::string Sign(const std::string& subject, EVP_PKEY* key, const std::string& issuer, EVP_PKEY* issuer_key,
                 const CertificateOptions& options) {
  const std::unique_ptr<X509, Free> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), absl::ToTimeT(options.from));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), absl::ToTimeT(options.until));
  const auto name = [](X509_NAME* to, const std::string& text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1, 0);
  };
  name(X509_get_subject_name(certificate.get()), subject);
  name(X509_get_issuer_name(certificate.get()), issuer);
  CHECK(X509_set_pubkey(certificate.get(), key) == 1);
  if (options.hosts.empty()) {
    AddExtension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  } else {
    std::string names;
    for (const std::string& host : options.hosts) {
      absl::StrAppend(&names, names.empty() ? "" : ",", IsAddress(host) ? "IP:" : "DNS:", host);
    }
    AddExtension(certificate.get(), NID_subject_alt_name, names);
  }
  CHECK(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0);
  const std::unique_ptr<BIO, Free> out(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_X509(out.get(), certificate.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);  // NOLINT: OpenSSL's
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

const char kTestAuthorityKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxeZ4xoPGiWYVR664\n"
    "joHbmCnagT8ZODGssFLce4M+KPihRANCAATQOvGInYxBKjhfIkYMykHXvyrwr3xy\n"
    "haJRvmRid0sqJ14XPBLdJ0AmgHpnjSnRtStq+elgzHVBHbvObem7mxYp\n"
    "-----END PRIVATE KEY-----\n";

const char kTestServerKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg4ndErHBNakkPkDv0\n"
    "WR+y8jfGhOg53LPC1zb1dtsyzJWhRANCAAQkxO5hBKu1BwFVVuURa8S+wpjNPRAH\n"
    "lCjPShhU0zX7W9sAqIndwOW7rkzs0kD4vID3gl0KYRmg/04lLReQe2fJ\n"
    "-----END PRIVATE KEY-----\n";

TlsAuthority::TlsAuthority(absl::string_view name, const std::string& key_pem) : name_(name), key_pem_(key_pem) {
  const Key key = ReadKey(key_pem_);
  pem_ = Sign(name_, key.get(), name_, key.get(), CertificateOptions());
}

std::string TlsAuthority::Certify(const CertificateOptions& options) const {
  const Key key = ReadKey(kTestServerKey);
  const Key own = ReadKey(key_pem_);
  return Sign("a test server", key.get(), name_, own.get(), options);
}

}  // namespace client
