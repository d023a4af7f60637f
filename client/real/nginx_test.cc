// The client against nginx.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/net/tls_authority.h"
#include "client/net/tls_context.h"
#include "client/real/real_fixture.h"
#include "client/real/server_process.h"

namespace client {
namespace {

using testing::HashOf;
using testing::Noise;
using testing::Ports;
using testing::RealFetch;

constexpr char kConfiguration[] = R"(
daemon off;
master_process off;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  default_type application/octet-stream;
  types { text/plain txt; }
  client_body_temp_path FOLDER/body;
  proxy_temp_path FOLDER/proxy;
  fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi;
  scgi_temp_path FOLDER/scgi;
  client_max_body_size 0;
  keepalive_requests 100000;
  root FOLDER/www;
  ssl_certificate FOLDER/certificate.pem;
  ssl_certificate_key FOLDER/key.pem;
  server {
    listen 127.0.0.1:PORT0;
    location /three/ { alias FOLDER/www/; keepalive_requests 3; }
    location /gzip/ { alias FOLDER/www/; gzip on; gzip_min_length 1; gzip_types text/plain; }
    location /proxy/ { proxy_pass http://unix:FOLDER/inner.sock:/; proxy_http_version 1.1; client_max_body_size 0; }
    location /old_proxy/ { proxy_pass http://unix:FOLDER/inner.sock:/; proxy_http_version 1.0; }
    location /put/ { dav_methods PUT DELETE; create_full_put_path on; }
    location = /moved { return 301 /small; }
    location = /again { return 302 /again; }
    location = /cut_off { return 444; }
  }
  server {
    listen unix:FOLDER/inner.sock;
    location /put/ { dav_methods PUT DELETE; create_full_put_path on; }
  }
  server {
    listen 127.0.0.1:PORT1 ssl;
    ssl_protocols TLSv1.2;
    add_header X-Resumed $ssl_session_reused;
    keepalive_requests 1;
  }
  server {
    listen 127.0.0.1:PORT2 ssl;
    ssl_protocols TLSv1.3;
    add_header X-Resumed $ssl_session_reused;
    location / { keepalive_requests 1; }
    location /kept/ { alias FOLDER/www/; }
    location /put/ { dav_methods PUT DELETE; create_full_put_path on; }
  }
}
)";

constexpr size_t kLarge = 100 << 20;

class NginxTest : public testing::RealFixture {
 protected:
  struct Server {
    testing::TemporaryFolder folder;
    const std::string small = Noise(1, 1000);
    const std::string medium = Noise(2, (3 << 20) + 17);
    std::string text;
    const TlsAuthority authority{"the test authority", kTestAuthorityKey};
    std::unique_ptr<testing::ServerProcess> process;
  };

  void SetUp() override {
    const std::string nginx = testing::FindProgram("nginx");
    if (nginx.empty()) return Missing("nginx");
    if (server == nullptr) Launch(nginx);
    ASSERT_NE(server->process, nullptr);
    TlsOptions trust;
    trust.system_cas = false;
    trust.ca_pem = server->authority.pem();
    options.tls = *TlsContext::Client(trust);
  }
  static void TearDownTestSuite() { server.reset(); }

  static void Launch(const std::string& nginx) {
    server = std::make_unique<Server>();
    const testing::TemporaryFolder& folder = server->folder;
    for (int line = 0; line < 10000; ++line) absl::StrAppend(&server->text, "line ", line, " of a text\n");
    folder.MakeFolder("www");
    folder.Write("www/small", server->small);
    folder.Write("www/medium", server->medium);
    folder.Write("www/text.txt", server->text);
    folder.Write("www/empty", "");
    folder.Write("certificate.pem", server->authority.Certify({.hosts = {"localhost"}}));
    folder.Write("key.pem", kTestServerKey);
    server->process = testing::ServerProcess::Start(3, folder.path() + "/log", [&](const Ports& ports) {
      folder.Write("nginx.conf", absl::StrReplaceAll(kConfiguration, {{"FOLDER", folder.path()},
                                                                      {"PORT0", absl::StrCat(ports[0])},
                                                                      {"PORT1", absl::StrCat(ports[1])},
                                                                      {"PORT2", absl::StrCat(ports[2])}}));
      const std::string& home = folder.path();
      return std::vector<std::string>{nginx, "-p", home, "-e", home + "/error.log", "-c", home + "/nginx.conf"};
    });
  }

  std::string Url(absl::string_view path) { return absl::StrCat("http://127.0.0.1:", server->process->port(0), path); }
  std::string SecureUrl(size_t port, absl::string_view path, absl::string_view host = "localhost") {
    return absl::StrCat("https://", host, ":", server->process->port(port), path);
  }
  void ExpectBody(const RealFetch& fetch, int status, absl::string_view body) {
    EXPECT_EQ(fetch.Outcome(), absl::StrCat(status)) << (fetch.error.has_value() ? fetch.error->DebugString() : "");
    EXPECT_EQ(fetch.bytes, body.size());
    EXPECT_EQ(fetch.hash.Value(), HashOf(body));
  }

  static std::unique_ptr<Server> server;
};
std::unique_ptr<NginxTest::Server> NginxTest::server;

TEST_F(NginxTest, FilesComeWholeOnOneConnection) {
  for (int round = 0; round < 5; ++round) {
    ExpectBody(Get(Url("/small")), 200, server->small);
    ExpectBody(Get(Url("/empty")), 200, "");
    ExpectBody(Get(Url("/medium")), 200, server->medium);
  }
  EXPECT_EQ(observer.connected, 1u);
}

TEST_F(NginxTest, AHundredMebibytesPassThroughASmallBuffer) {
  std::string large = Noise(3, kLarge);
  server->folder.Write("www/large", large);
  const uint64_t hash = HashOf(large);
  std::string().swap(large);
  RequestOptions request;
  request.url = Url("/large");
  RealFetch& fetch = Start(std::move(request), 4 << 20);
  Run();
  EXPECT_EQ(fetch.Outcome(), "200");
  EXPECT_EQ(fetch.bytes, kLarge);
  EXPECT_EQ(fetch.hash.Value(), hash);
  EXPECT_LE(observer.buffered_max, options.read_high_water + options.socket.max_read);
  EXPECT_GT(observer.pauses, 0u);  // the reader rests now and then
}

TEST_F(NginxTest, ErrorsAndHeadsLeaveTheConnectionUsable) {
  RealFetch& missing = Get(Url("/missing"));
  EXPECT_EQ(missing.Outcome(), "404");
  EXPECT_GT(missing.bytes, 0u);
  RequestOptions request;
  request.method = "HEAD";
  request.url = Url("/medium");
  RealFetch& head = Start(std::move(request));
  Run();
  EXPECT_EQ(head.Outcome(), "200");
  EXPECT_EQ(head.bytes, 0u);
  EXPECT_EQ(head.headers.Get("Content-Length"), absl::StrCat(server->medium.size()));
  ExpectBody(Get(Url("/small")), 200, server->small);
  EXPECT_EQ(observer.connected, 1u);
}

TEST_F(NginxTest, APartOfAFile) {
  RequestOptions request;
  request.url = Url("/medium");
  request.headers.Add("Range", "bytes=1000000-1999999");
  RealFetch& part = Start(std::move(request));
  Run();
  ExpectBody(part, 206, absl::string_view(server->medium).substr(1'000'000, 1'000'000));
  RequestOptions parts;
  parts.url = Url("/small");
  parts.headers.Add("Range", "bytes=5000-");
  RealFetch& none = Start(std::move(parts));
  Run();
  EXPECT_EQ(none.Outcome(), "416");
  EXPECT_EQ(observer.connected, 1u);
}

TEST_F(NginxTest, AnUnchangedFileHasNoBody) {
  RealFetch& first = Get(Url("/small"));
  RequestOptions request;
  request.url = Url("/small");
  request.headers.Add("If-None-Match", first.headers.Get("ETag").value_or("none"));
  RealFetch& second = Start(std::move(request));
  Run();
  ExpectBody(second, 304, "");
  ExpectBody(Get(Url("/small")), 200, server->small);
  EXPECT_EQ(observer.connected, 1u);
}

TEST_F(NginxTest, RedirectsAreFollowedAndALoopIsLeft) {
  RealFetch& moved = Get(Url("/moved"));
  ExpectBody(moved, 200, server->small);
  EXPECT_EQ(moved.url, Url("/small"));
  EXPECT_EQ(Get(Url("/again")).Outcome(), "rejected");
}

TEST_F(NginxTest, AConnectionThatIsClosedWithoutAnAnswerIsAnError) {
  EXPECT_EQ(Get(Url("/cut_off")).Outcome(), "disconnected");
  ExpectBody(Get(Url("/small")), 200, server->small);
}

TEST_F(NginxTest, CompressedTextIsDecodedAndFilesAreNot) {
  RealFetch& text = Get(Url("/gzip/text.txt"));
  ExpectBody(text, 200, server->text);
  EXPECT_EQ(text.headers.Get("Content-Encoding"), "gzip");
  ExpectBody(Get(Url("/gzip/medium")), 200, server->medium);
  EXPECT_EQ(observer.connected, 1u);
}

TEST_F(NginxTest, CompressedTextComesAsItIsWhereNobodyDecodes) {
  options.auto_decompress = false;
  RequestOptions request;
  request.url = Url("/gzip/text.txt");
  request.headers.Add("Accept-Encoding", "gzip");
  RealFetch& text = Start(std::move(request));
  Run();
  EXPECT_EQ(text.Outcome(), "200");
  EXPECT_LT(text.bytes, server->text.size() / 2);
  EXPECT_TRUE(absl::StartsWith(text.start, "\x1f\x8b"));
}

TEST_F(NginxTest, FilesComeThroughAProxyHoweverItFramesThem) {
  for (const absl::string_view proxy : {"/proxy", "/old_proxy"}) {
    ExpectBody(Get(Url(absl::StrCat(proxy, "/small"))), 200, server->small);
    ExpectBody(Get(Url(absl::StrCat(proxy, "/medium"))), 200, server->medium);
    ExpectBody(Get(Url(absl::StrCat(proxy, "/text.txt"))), 200, server->text);
    EXPECT_EQ(Get(Url(absl::StrCat(proxy, "/missing"))).Outcome(), "404");
  }
}

TEST_F(NginxTest, ConnectionsThatServeThreeRequestsAreReplacedAndNothingIsLost) {
  for (int i = 0; i < 30; ++i) ExpectBody(Get(Url("/three/small")), 200, server->small);
  EXPECT_EQ(observer.connected, 10u);
  EXPECT_EQ(observer.sent, 30u);
}

TEST_F(NginxTest, ConnectionsAreReplacedUnderALimitAsWell) {
  options.limit = 4;
  std::vector<RealFetch*> fetches;
  for (int i = 0; i < 90; ++i) {
    RequestOptions request;
    request.url = Url("/three/small");
    fetches.push_back(&Start(std::move(request)));
  }
  Run();
  for (const RealFetch* fetch : fetches) ExpectBody(*fetch, 200, server->small);
  EXPECT_GE(observer.connected, 30u);
}

TEST_F(NginxTest, WhatIsPutIsThere) {
  const std::string body = Noise(4, 8 << 20);
  for (const absl::string_view folder : {"/put", "/proxy/put"}) {
    const std::string url = Url(absl::StrCat(folder, "/a"));
    EXPECT_EQ(Put(url, Bytes(body)).Outcome(), "201");
    ExpectBody(Get(url), 200, body);
    EXPECT_EQ(Put(url, Pieces(body, 100'000, true)).Outcome(), "204");
    EXPECT_EQ(Put(url, Pieces(body.substr(0, 5'000'001), 33'333, false)).Outcome(), "204");
    ExpectBody(Get(url), 200, absl::string_view(body).substr(0, 5'000'001));
    EXPECT_EQ(Put(url, Bytes("")).Outcome(), "204");
    ExpectBody(Get(url), 200, "");
    RequestOptions request;
    request.method = "DELETE";
    request.url = url;
    RealFetch& gone = Start(std::move(request));
    Run();
    EXPECT_EQ(gone.Outcome(), "204");
    EXPECT_EQ(Get(url).Outcome(), "404");
  }
}

TEST_F(NginxTest, WhereNothingMayBePutTheAnswerIsSeenNonetheless) {
  EXPECT_EQ(Put(Url("/medium"), Pieces(Noise(5, 32 << 20), 65'536, true)).Outcome(), "405");
  ExpectBody(Get(Url("/medium")), 200, server->medium);
}

TEST_F(NginxTest, TlsSessionsAreResumed) {
  for (const size_t port : {1, 2}) {
    RealFetch& first = Get(SecureUrl(port, "/medium"));
    ExpectBody(first, 200, server->medium);
    EXPECT_EQ(first.headers.Get("X-Resumed"), ".");
    RealFetch& second = Get(SecureUrl(port, "/small"));
    ExpectBody(second, 200, server->small);
    EXPECT_EQ(second.headers.Get("X-Resumed"), "r");
  }
  EXPECT_EQ(observer.connected, 4u);
}

TEST_F(NginxTest, AConnectionWithTlsIsUsedAgain) {
  for (int i = 0; i < 5; ++i) ExpectBody(Get(SecureUrl(2, "/kept/medium")), 200, server->medium);
  const std::string body = Noise(6, 8 << 20);
  EXPECT_EQ(Put(SecureUrl(2, "/put/secure"), Pieces(body, 50'000, false)).Outcome(), "201");
  ExpectBody(Get(SecureUrl(2, "/kept/put/secure")), 200, body);
  EXPECT_LE(observer.connected, 2u);
}

TEST_F(NginxTest, ACertificateForAnotherHostIsRefused) {
  for (const size_t port : {1, 2}) {
    RealFetch& get = Get(SecureUrl(port, "/small", "127.0.0.1"));
    ASSERT_EQ(get.Outcome(), "certificate");
    EXPECT_TRUE(absl::StrContains(get.error->message(), "certificate verify failed")) << get.error->message();
  }
  EXPECT_EQ(observer.sent, 0u);
}

TEST_F(NginxTest, ACertificateOfAnUnknownAuthorityIsRefused) {
  TlsOptions stranger;
  stranger.system_cas = false;
  stranger.ca_pem = TlsAuthority("another authority", kTestServerKey).pem();
  options.tls = *TlsContext::Client(stranger);
  EXPECT_EQ(Get(SecureUrl(2, "/small")).Outcome(), "certificate");
  EXPECT_EQ(observer.sent, 0u);
}

TEST_F(NginxTest, NobodyIsVerifiedIfTheUserSaysSo) {
  TlsOptions careless;
  careless.verify = false;
  options.tls = *TlsContext::Client(careless);
  ExpectBody(Get(SecureUrl(2, "/small", "127.0.0.1")), 200, server->small);
}

TEST_F(NginxTest, PlainTextToAPortOfTlsIsAnAnswerAndTlsToAPlainPortAnError) {
  EXPECT_EQ(Get(absl::StrCat("http://localhost:", server->process->port(1), "/small")).Outcome(), "400");
  EXPECT_EQ(Get(SecureUrl(0, "/small")).Outcome(), "tls");
}

}  // namespace
}  // namespace client
