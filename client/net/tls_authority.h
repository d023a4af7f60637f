// A certificate authority for tests and simulations: makes the certificates that their servers show.
//
//   const TlsAuthority authority("the test authority", kTestAuthorityKey);
//   const std::string shown = authority.Certify({.hosts = {"a.test", "10.0.0.1"}});  // the key is kTestServerKey
//   ... a client whose TlsOptions::ca_pem is authority.pem() believes it ...
//
// Its keys are public: whoever reads this has them. What is signed in a TlsEntropyScope is the same in every run.
#ifndef CLIENT_NET_TLS_AUTHORITY_H_
#define CLIENT_NET_TLS_AUTHORITY_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace client {

extern const char kTestAuthorityKey[];  // PEM
extern const char kTestServerKey[];

struct CertificateOptions {
  std::vector<std::string> hosts;  // names and numeric addresses that it is for
  absl::Time from = absl::FromUnixSeconds(1577836800);   // 2020-01-01
  absl::Time until = absl::FromUnixSeconds(4733510400);  // 2120-01-01
};

class TlsAuthority {
 public:
  TlsAuthority(absl::string_view name, const std::string& key_pem);

  const std::string& pem() const { return pem_; }  // its own certificate
  // A certificate for whoever has kTestServerKey.
  std::string Certify(const CertificateOptions& options) const;

 private:
  const std::string name_;
  const std::string key_pem_;
  std::string pem_;
};

}  // namespace client

#endif  // CLIENT_NET_TLS_AUTHORITY_H_
