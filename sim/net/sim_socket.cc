#include "sim/net/sim_socket.h"

#include <utility>

namespace sim {
namespace {

Name Part(World& world, Name connection, const NameKind& kind) { return MakeName(world.loop(), connection, kind); }

}  // namespace

SimConnection::SimConnection(ConnectionHost& host, const Link::Options& options, const client::Address& address,
                             Name client, uint32_t number)
    : host_(host),
      address_(address),
      number_(number),
      name_{client, Part(host.world, client, "server")},
      up_(host.world, host.faults, host.chunks, options, Part(host.world, client, "up"), name_[1], *this),
      down_(host.world, host.faults, host.chunks, options, Part(host.world, client, "down"), name_[0], *this),
      accept_source_(host.world.loop(), name_[1]),
      accept_(
          [](void* self) {
            auto* const connection = static_cast<SimConnection*>(self);
            connection->host_.AcceptReady(*connection);
          },
          this) {}

SimConnection::~SimConnection() {
  for (SimSocket* socket : socket_) {
    if (socket != nullptr) socket->connection_ = nullptr;
  }
}

void SimConnection::PostAccept() { host_.world.loop().Post(accept_source_, accept_); }

void SimConnection::Refuse() { Close(End::kServer, /*reset=*/true); }

void SimConnection::Heal() {
  up_.Heal();
  down_.Heal();
}

absl::string_view SimConnection::State() const {
  if (closed_[0]) return "CLOSED";
  if (down_.rst_arrived()) return "RESET";
  const bool sent = socket_[0] != nullptr && socket_[0]->shut_down();
  if (down_.fin_arrived()) return sent ? "LAST_ACK" : "CLOSE_WAIT";
  return sent ? "FIN_WAIT" : "ESTABLISHED";
}

void SimConnection::Arrived(Link& link) {
  const End reader = Reader(link);
  if (link.rst_arrived()) out(reader).Abort();
  if (SimSocket* const socket = socket_[Index(reader)]) socket->PostReady();
}

void SimConnection::RoomAgain(Link& link) {
  if (SimSocket* const socket = socket_[Index(Other(Reader(link)))]) socket->PostReady();
}

void SimConnection::ArrivedAtClosed(Link& link) {
  const End reader = Reader(link);
  if (out(reader).rst_sent() || link.rst_arrived()) return;
  NoteReset(reader);
  out(reader).Rst();
}

void SimConnection::HitByReset(Link& link) {
  const End reader = Reader(link);
  for (End end : {Other(reader), reader}) {
    if (!closed(end)) NoteReset(end);
  }
  link.Rst(/*now=*/true);
  in(Other(reader)).Rst(/*now=*/true);
}

void SimConnection::NoteReset(End end) { host_.wire.Reset(name(), end); }

void SimConnection::Close(End end, bool reset) {
  Link& incoming = in(end);
  Link& outgoing = out(end);
  if (reset && !incoming.rst_arrived() && !outgoing.rst_sent()) {
    NoteReset(end);
    outgoing.Rst();
  }
  incoming.CloseReader();
  closed_[Index(end)] = true;
  socket_[Index(end)] = nullptr;
  host_.world.Record(TraceKind::kClosed, name(end), reset ? 1 : 0);
  if (end == End::kClient) host_.wire.SocketClosed(name());
  if (closed_[0] && closed_[1]) host_.BothClosed(*this);
}

SimSocket::SimSocket(SimConnection& connection, End end, User& user)
    : connection_(&connection),
      host_(connection.host()),
      loop_(connection.host().world.loop()),
      user_(user),
      end_(end),
      connection_name_(connection.name()),
      source_(loop_, connection.name(end)),
      ready_([](void* self) { static_cast<SimSocket*>(self)->user_.OnReady(); }, this) {
  CHECK(connection.socket(end) == nullptr && !connection.closed(end));
  connection.socket_[SimConnection::Index(end)] = this;
}

size_t SimSocket::Send(absl::string_view bytes) {
  if (connection_ == nullptr || shut_down_) return 0;
  const size_t sent = out().Write(bytes);
  if (sent == 0) return 0;
  host_.world.Record(TraceKind::kSend, name(), sent);
  host_.wire.BytesSent(connection_name_, end_, bytes.substr(0, sent));
  return sent;
}

size_t SimSocket::Receive(char* to, size_t size) {
  if (connection_ == nullptr) return 0;
  const size_t received = in().Read(to, size);
  if (received == 0) return 0;
  host_.world.Record(TraceKind::kReceive, name(), received);
  host_.wire.BytesReceived(connection_name_, end_, absl::string_view(to, received));
  return received;
}

void SimSocket::Shutdown() {
  if (connection_ == nullptr || shut_down_) return;
  shut_down_ = true;
  if (error() != Error::kNone || out().rst_sent()) return;
  host_.wire.FinSent(connection_name_, end_);
  out().Fin();
}

void SimSocket::Close() {
  if (connection_ == nullptr) return;
  const bool reset = in().unread() > 0;
  if (!reset) Shutdown();
  std::exchange(connection_, nullptr)->Close(end_, reset);
  host_.world.loop().Cancel(ready_);
}

void SimSocket::Reset() {
  if (connection_ == nullptr) return;
  std::exchange(connection_, nullptr)->Close(end_, /*reset=*/true);
  host_.world.loop().Cancel(ready_);
}

}  // namespace sim
