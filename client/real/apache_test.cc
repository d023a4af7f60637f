// The client against Apache httpd.
#include <poll.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/real/real_fixture.h"
#include "client/real/server_process.h"

namespace client {
namespace {

using testing::HashOf;
using testing::Noise;
using testing::Ports;
using testing::RealFetch;

constexpr char kConfiguration[] = R"(
ServerRoot FOLDER
PidFile FOLDER/httpd.pid
ErrorLog FOLDER/error.log
Mutex posixsem
LoadModule mpm_event_module MODULES/mod_mpm_event.so
LoadModule authz_core_module MODULES/mod_authz_core.so
LoadModule filter_module MODULES/mod_filter.so
LoadModule deflate_module MODULES/mod_deflate.so
LoadModule alias_module MODULES/mod_alias.so
LoadModule mime_module MODULES/mod_mime.so
LoadModule dav_module MODULES/mod_dav.so
LoadModule dav_fs_module MODULES/mod_dav_fs.so
TypesConfig /dev/null
AddType text/plain .txt
USER
ServerLimit 1
StartServers 1
ThreadsPerChild 8
MaxRequestWorkers 8
Listen 127.0.0.1:PORT0
Listen 127.0.0.1:PORT1
ServerName localhost
DocumentRoot FOLDER/www
DavLockDB FOLDER/www/put/lock
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
Redirect temp /away /put/away
<Directory FOLDER/www>
  Require all granted
</Directory>
<Directory FOLDER/www/put>
  Dav On
</Directory>
<Location /text.txt>
  SetOutputFilter DEFLATE
</Location>
<Location /private>
  Require all denied
</Location>
<VirtualHost 127.0.0.1:PORT1>
  DocumentRoot FOLDER/www
  KeepAliveTimeout 50ms
</VirtualHost>
)";
constexpr char kModules[] = "/usr/lib/apache2/modules";

class ApacheTest : public testing::RealFixture {
 protected:
  struct Server {
    testing::TemporaryFolder folder;
    const std::string small = Noise(1, 1000);
    const std::string medium = Noise(2, (8 << 20) + 17);
    std::string text;
    std::unique_ptr<testing::ServerProcess> process;
  };

  void SetUp() override {
    const std::string apache = testing::FindProgram("apache2");
    if (apache.empty() || access(kModules, R_OK) != 0) return Missing("apache2");
    if (server == nullptr) Launch(apache);
    ASSERT_NE(server->process, nullptr);
  }
  static void TearDownTestSuite() { server.reset(); }

  static void Launch(const std::string& apache) {
    server = std::make_unique<Server>();
    const testing::TemporaryFolder& folder = server->folder;
    for (int line = 0; line < 10000; ++line) absl::StrAppend(&server->text, "line ", line, " of a text\n");
    folder.MakeFolder("www");
    folder.MakeFolder("www/put", "www-data");  // Apache does not serve as root
    folder.Write("www/small", server->small);
    folder.Write("www/medium", server->medium);
    folder.Write("www/text.txt", server->text);
    server->process = testing::ServerProcess::Start(2, folder.path() + "/log", [&](const Ports& ports) {
      folder.Write("httpd.conf",
                   absl::StrReplaceAll(kConfiguration, {{"FOLDER", folder.path()},
                                                        {"MODULES", kModules},
                                                        {"USER", geteuid() == 0 ? "User www-data\nGroup www-data" : ""},
                                                        {"PORT0", absl::StrCat(ports[0])},
                                                        {"PORT1", absl::StrCat(ports[1])}}));
      // -X: one process, in the foreground.
      return std::vector<std::string>{apache, "-X", "-d", folder.path(), "-f", folder.path() + "/httpd.conf"};
    });
  }

  std::string Url(absl::string_view path, size_t port = 0) {
    return absl::StrCat("http://127.0.0.1:", server->process->port(port), path);
  }
  void ExpectBody(const RealFetch& fetch, int status, absl::string_view body) {
    EXPECT_EQ(fetch.Outcome(), absl::StrCat(status)) << (fetch.error.has_value() ? fetch.error->DebugString() : "");
    EXPECT_EQ(fetch.bytes, body.size());
    EXPECT_EQ(fetch.hash.Value(), HashOf(body));
  }
  RealFetch& PutExpecting(std::string url, std::unique_ptr<Payload> body) {
    RequestOptions request;
    request.method = "PUT";
    request.url = std::move(url);
    request.body = std::move(body);
    request.expect_continue = true;
    RealFetch& fetch = Start(std::move(request));
    Run();
    return fetch;
  }

  static std::unique_ptr<Server> server;
};
std::unique_ptr<ApacheTest::Server> ApacheTest::server;

TEST_F(ApacheTest, FilesComeWholeOnOneConnection) {
  for (int round = 0; round < 5; ++round) {
    ExpectBody(Get(Url("/small")), 200, server->small);
    ExpectBody(Get(Url("/medium")), 200, server->medium);
    EXPECT_EQ(Get(Url("/missing")).Outcome(), "404");
  }
  EXPECT_EQ(observer.connected, 1u);
  EXPECT_LE(observer.buffered_max, options.read_high_water + options.socket.max_read);
}

TEST_F(ApacheTest, CompressedTextIsDecoded) {
  RealFetch& text = Get(Url("/text.txt"));
  ExpectBody(text, 200, server->text);
  EXPECT_EQ(text.headers.Get("Content-Encoding"), "gzip");
}

TEST_F(ApacheTest, WhatIsPutIsThereWithALengthAndChunked) {
  const std::string body = Noise(3, 6 << 20);
  EXPECT_EQ(Put(Url("/put/a"), Bytes(body)).Outcome(), "201");
  ExpectBody(Get(Url("/put/a")), 200, body);
  EXPECT_EQ(Put(Url("/put/a"), Pieces(body.substr(1), 77'777, false)).Outcome(), "204");
  ExpectBody(Get(Url("/put/a")), 200, absl::string_view(body).substr(1));
  EXPECT_EQ(Put(Url("/put/a"), Pieces("x", 1, false)).Outcome(), "204");
  ExpectBody(Get(Url("/put/a")), 200, "x");
  EXPECT_EQ(Put(Url("/put/a"), Pieces("", 1, false)).Outcome(), "204");
  ExpectBody(Get(Url("/put/a")), 200, "");
  EXPECT_EQ(observer.connected, 1u);
}

TEST_F(ApacheTest, SmallChunksArePutTogether) {
  const std::string body = Noise(4, 5000);
  EXPECT_EQ(Put(Url("/put/b"), Pieces(body, 3, false)).Outcome(), "201");
  ExpectBody(Get(Url("/put/b")), 200, body);
}

TEST_F(ApacheTest, TheBodyGoesWhenTheServerSaysContinue) {
  options.continue_timeout = absl::InfiniteDuration();  // or never
  const std::string body = Noise(5, 1 << 20);
  EXPECT_EQ(PutExpecting(Url("/put/c"), Pieces(body, 65'536, true)).Outcome(), "201");
  ExpectBody(Get(Url("/put/c")), 200, body);
  EXPECT_EQ(PutExpecting(Url("/put/c"), Pieces(body, 65'536, false)).Outcome(), "204");
  ExpectBody(Get(Url("/put/c")), 200, body);
  EXPECT_EQ(observer.connected, 1u);
}

TEST_F(ApacheTest, ABodyThatTheServerDoesNotWantIsNotAskedFor) {
  options.continue_timeout = absl::InfiniteDuration();
  EXPECT_EQ(PutExpecting(Url("/private"), Pieces(Noise(6, 1 << 20), 65'536, true)).Outcome(), "403");
  EXPECT_EQ(progress.asked, 0u);
  ExpectBody(Get(Url("/small")), 200, server->small);
}

TEST_F(ApacheTest, ARefusedUploadEndsWithItsAnswer) {
  EXPECT_EQ(Put(Url("/private"), Pieces(Noise(7, 32 << 20), 65'536, true)).Outcome(), "403");
  ExpectBody(Get(Url("/small")), 200, server->small);
}

TEST_F(ApacheTest, AnUploadIsSentAgainWhereARedirectLeads) {
  const std::string body = Noise(8, 100'000);
  RealFetch& put = Put(Url("/away"), Bytes(body));
  // 302 leaves PUT what it is (RFC 9110 section 15.4.3).
  EXPECT_EQ(put.Outcome(), "201");
  ExpectBody(Get(Url("/put/away")), 200, body);
}

TEST_F(ApacheTest, AnIdleConnectionThatTheServerHasClosedIsNotUsedAgain) {
  for (size_t round = 1; round <= 3; ++round) {
    ExpectBody(Get(Url("/small", 1)), 200, server->small);
    RunUntil([&] { return observer.connections_closed == round; });
  }
  EXPECT_EQ(observer.connected, 3u);
  EXPECT_EQ(observer.sent, 3u);
}

// The client does not look while the server closes: it finds out by its next request.
TEST_F(ApacheTest, ARequestOnAConnectionThatTheServerHasJustClosedIsSentAgain) {
  // Whether the server has got to it by then is not ours to say: once more, until it has.
  size_t asked = 0;
  while (observer.sent == asked) {
    ExpectBody(Get(Url("/small", 1)), 200, server->small);
    ++asked;
    poll(nullptr, 0, 300);
  }
  EXPECT_GE(observer.connected, 2u);
}

TEST_F(ApacheTest, NothingIsLostWhileTheServerClosesWhatIsReused) {
  for (int i = 0; i < 25; ++i) {
    ExpectBody(Get(Url("/small", 1)), 200, server->small);
    poll(nullptr, 0, 40 + i % 20 * 4);
  }
}

}  // namespace
}  // namespace client
