// What comes before the body of a response.
#ifndef CLIENT_HTTP_RESPONSE_HEAD_H_
#define CLIENT_HTTP_RESPONSE_HEAD_H_

#include <string>

#include "client/http/body_framing.h"
#include "client/http/headers.h"

namespace client {

struct ResponseHead {
  int status = 0;
  std::string reason;  // may be empty
  int minor_version = 1;
  BodyFraming framing;
  Headers headers;
};

}  // namespace client

#endif  // CLIENT_HTTP_RESPONSE_HEAD_H_
