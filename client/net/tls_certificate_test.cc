#include "client/net/tls_context.h"

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "client/testing/tls_fixture.h"
#include "gtest/gtest.h"

namespace client {
namespace {

using testing::Authority;
using testing::ClientTlsOptions;
using testing::ServerTlsOptions;

using TlsCertificateTest = testing::TlsFixture;

TEST_F(TlsCertificateTest, NamesAndAddressesAreVerified) {
  for (const char* host : {"a.test", "A.TEST", "a.test.", "one.wild.test", "10.0.0.1", "::1"}) {
    Again();
    peer.host = host;
    Shake();
  }
  for (const char* host : {"b.test", "wild.test", "a.b.wild.test", "10.0.0.2", "::2", "aa.test", "a.test.evil"}) {
    Again();
    peer.host = host;
    const bool address = host[0] == '1' || host[0] == ':';
    const absl::string_view what = address ? "IP address" : "hostname";
    EXPECT_EQ(Failure(ServerTlsOptions(), ClientTlsOptions()),
              absl::StrCat("certificate: certificate verify failed: ", what, " mismatch (host ", host, ")"));
    EXPECT_TRUE(absl::StartsWith(server.log, "tls: the TLS handshake failed: ")) << server.log;
  }
}

TEST_F(TlsCertificateTest, UnknownAuthoritiesAreRefused) {
  TlsOptions none = ClientTlsOptions();
  none.ca_pem.clear();
  EXPECT_EQ(Failure(ServerTlsOptions(), none),
            "certificate: certificate verify failed: unable to get local issuer certificate (host a.test)");
  EXPECT_EQ(server.log, "tls: the TLS handshake failed: tlsv1 alert unknown ca (host a client)");
  Again();
  const TlsAuthority another("another authority", kTestServerKey);
  TlsOptions other = ClientTlsOptions();
  other.ca_pem = another.pem();
  EXPECT_EQ(Failure(ServerTlsOptions(), other),
            "certificate: certificate verify failed: unable to get local issuer certificate (host a.test)");
}

TEST_F(TlsCertificateTest, SelfSignedCertificatesAreRefused) {
  const TlsAuthority self("a test server", kTestServerKey);
  TlsOptions options = ServerTlsOptions();
  options.certificate_pem = self.Certify({.hosts = {"a.test"}});
  EXPECT_EQ(Failure(options, ClientTlsOptions()),
            "certificate: certificate verify failed: self-signed certificate (host a.test)");
  Again();
  TlsOptions trusting = ClientTlsOptions();
  trusting.ca_pem = options.certificate_pem;
  EXPECT_EQ(Failure(options, trusting), "secured ");
}

TEST_F(TlsCertificateTest, CertificatesHaveTheirTime) {
  const auto at = [](int64_t year) { return absl::FromCivil(absl::CivilYear(year), absl::UTCTimeZone()); };
  TlsOptions options = ServerTlsOptions();
  options.certificate_pem = Authority().Certify({.hosts = {"a.test"}, .from = at(2021), .until = at(2022)});
  EXPECT_EQ(Failure(options, ClientTlsOptions()),
            "certificate: certificate verify failed: certificate has expired (host a.test)");
  Again();
  TlsOptions then = ClientTlsOptions();
  then.verify_at = at(2021) + absl::Hours(1);
  EXPECT_EQ(Failure(options, then), "secured ");
  Again();
  then.verify_at = at(2021) - absl::Hours(1);
  EXPECT_EQ(Failure(options, then),
            "certificate: certificate verify failed: certificate is not yet valid (host a.test)");
}

TEST_F(TlsCertificateTest, WhoeverAsksForItIsNotProtected) {
  TlsOptions blind = ClientTlsOptions();
  blind.ca_pem.clear();
  blind.verify = false;
  peer.host = "whoever.test";
  EXPECT_EQ(Failure(ServerTlsOptions(), blind), "secured ");
}

TEST_F(TlsCertificateTest, ClientsShowTheirCertificate) {
  TlsOptions asking = ServerTlsOptions();
  asking.ask_clients = true;
  asking.system_cas = false;
  asking.ca_pem = Authority().pem();
  TlsOptions showing = ClientTlsOptions();
  showing.certificate_pem = Authority().Certify({.hosts = {"a.client.test"}});
  showing.key_pem = kTestServerKey;
  EXPECT_EQ(Failure(asking, showing), "secured ");
  EXPECT_EQ(server.log, "secured ");
  Again();
  // In TLS 1.3 the client is done before it is refused.
  EXPECT_EQ(Failure(asking, ClientTlsOptions()), "secured lost(TLS failed: tlsv13 alert certificate required) ");
  EXPECT_EQ(server.log, "tls: the TLS handshake failed: peer did not return a certificate (host a client)");
}

TEST(TlsContextTest, SaysWhatItCannotUse) {
  const auto error = [](const TlsOptions& options) {
    const Result<std::shared_ptr<TlsContext>> made = TlsContext::Client(options);
    return made.ok() ? std::string("none") : std::string(made.error().message());
  };
  TlsOptions options;
  options.ca_file = "/no/such/file";
  EXPECT_TRUE(absl::StartsWith(error(options), "TLS: the authorities in /no/such/file cannot be used: "));
  options = TlsOptions();
  options.ca_pem = "nonsense";
  EXPECT_TRUE(absl::StartsWith(error(options), "TLS: the authorities in ca_pem cannot be used"));
  options = ServerTlsOptions();
  options.key_pem = kTestAuthorityKey;
  EXPECT_EQ(error(options), "TLS: the key of the certificate cannot be used: key values mismatch");
  options.certificate_pem = "nonsense";
  EXPECT_TRUE(absl::StartsWith(error(options), "TLS: the certificate cannot be used"));
  const Result<std::shared_ptr<TlsContext>> server = TlsContext::Server(TlsOptions());
  EXPECT_EQ(server.error().message(), "TLS: a server needs a certificate and its key");
}

}  // namespace
}  // namespace client
