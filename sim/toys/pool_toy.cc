#include "sim/toys/pool_toy.h"

#include <array>

#include "client/base/check.h"
#include "sim/toys/toy.h"

namespace sim {
namespace {

constexpr int kMax = 4;
constexpr int kWireMax = 2;  // chunks on their way
constexpr int kHighWater = 1;  // chunks in a request's buffer from which on its connection is paused

struct Request {
  std::array<int, kMax> buffer{};
  int size = 0;
  ToyEvent data;
};

struct Connection {
  int asked = -1;  // the request on its way to the server
  ToyEvent asking;
  std::array<int, kWireMax> wire{};
  int wire_size = 0;
  ToyEvent arrived;
  ToyEvent room;
  bool paused = false;
  ToyEvent resumed;
  int owner = -1;  // the request that holds it
};

struct Pool {
  // What steps touch: see Toy::SayWhatIsTouched(). An event belongs to what it tells of.
  enum Object : uint32_t { kDone, kIdle, kFirst };
  enum Part : uint32_t { kAsked, kWire, kPaused, kOwner, kParts };

  Pool(const PoolToyOptions& options, Footprint& touched) : options(options), touched(touched) {}
  bool over() {
    touched.Read(kDone);
    return done == options.requests;
  }
  uint32_t ObjectOf(const Connection& connection, Part part) const {
    return kFirst + static_cast<uint32_t>(&connection - connections.data()) * kParts + part;
  }
  uint32_t ObjectOf(const Request& request) const {
    return kFirst + kMax * kParts + static_cast<uint32_t>(&request - requests.data());
  }
  void Reads(const Connection& connection, Part part) { touched.Read(ObjectOf(connection, part)); }
  void Writes(const Connection& connection, Part part) { touched.Write(ObjectOf(connection, part)); }
  void Reads(const Request& request) { touched.Read(ObjectOf(request)); }
  void Writes(const Request& request) { touched.Write(ObjectOf(request)); }

  bool IsAsked(const Connection& connection) {
    Writes(connection, kAsked);
    return connection.asked >= 0;
  }
  bool WireIsFull(const Connection& connection) {
    Writes(connection, kWire);
    return connection.wire_size == kWireMax;
  }
  bool WireIsEmpty(const Connection& connection) {
    Writes(connection, kWire);
    return connection.wire_size == 0;
  }
  bool IsPaused(const Connection& connection) {
    Reads(connection, kPaused);
    return connection.paused;
  }
  bool NobodyIsIdle() {
    touched.Write(kIdle);
    return idle_size == 0;
  }
  bool HasNothing(const Request& request) {
    Writes(request);
    return request.size == 0;
  }

  const PoolToyOptions options;
  Footprint& touched;
  std::array<Connection, kMax> connections;
  std::array<Request, kMax> requests;
  std::array<int, kMax> idle{};  // a stack of connections
  int idle_size = 0;
  ToyEvent freed;
  int done = 0;
};

Task<> Serve(Pool& pool, Connection& connection) {
  for (int n = 0; n < pool.options.requests; ++n) {
    while (!pool.IsAsked(connection)) {
      if (pool.over()) co_return;
      co_await connection.asking.Wait();
    }
    connection.asked = -1;
    for (int chunk = 1; chunk <= pool.options.chunks; ++chunk) {
      co_await Yield();
      while (pool.WireIsFull(connection)) co_await connection.room.Wait();
      connection.wire[static_cast<size_t>(connection.wire_size++)] = chunk;
      connection.arrived.WakeAll();
    }
  }
}

void GiveBack(Pool& pool, Connection& connection) {
  pool.Writes(connection, Pool::kPaused);
  pool.Writes(connection, Pool::kOwner);
  pool.touched.Write(Pool::kIdle);
  if (pool.options.fixed) connection.paused = false;
  connection.owner = -1;
  pool.idle[static_cast<size_t>(pool.idle_size++)] = static_cast<int>(&connection - pool.connections.data());
  pool.freed.WakeOne();
}

Task<> Read(Pool& pool, Connection& connection) {
  for (;;) {
    while (pool.WireIsEmpty(connection) || pool.IsPaused(connection)) {
      if (pool.over()) co_return;
      if (pool.IsPaused(connection)) {
        pool.Writes(connection, Pool::kPaused);
        co_await connection.resumed.Wait();
      } else {
        co_await connection.arrived.Wait();
      }
    }
    const int chunk = connection.wire[0];
    connection.wire[0] = connection.wire[1];
    --connection.wire_size;
    connection.room.WakeAll();
    co_await Yield();

    pool.Reads(connection, Pool::kOwner);
    Request& request = pool.requests[static_cast<size_t>(connection.owner)];
    pool.Writes(request);
    request.buffer[static_cast<size_t>(request.size++)] = chunk;
    request.data.WakeAll();
    co_await Yield();

    pool.Reads(request);
    if (request.size >= kHighWater) {
      pool.Writes(connection, Pool::kPaused);
      connection.paused = true;
    }
    co_await Yield();
    if (chunk == pool.options.chunks) GiveBack(pool, connection);
  }
}

// The last request lets everybody else go home.
void EndAll(Pool& pool) {
  for (int i = 0; i < pool.options.connections; ++i) {
    Connection& connection = pool.connections[static_cast<size_t>(i)];
    pool.Writes(connection, Pool::kAsked);
    pool.Writes(connection, Pool::kWire);
    pool.Writes(connection, Pool::kPaused);
    connection.asking.WakeAll();
    connection.arrived.WakeAll();
    connection.paused = false;
    connection.resumed.WakeAll();
  }
}

Task<> Get(Pool& pool, int number) {
  Request& request = pool.requests[static_cast<size_t>(number)];
  co_await Yield();
  while (pool.NobodyIsIdle()) co_await pool.freed.Wait();
  Connection& connection = pool.connections[static_cast<size_t>(pool.idle[static_cast<size_t>(--pool.idle_size)])];
  pool.Writes(connection, Pool::kOwner);
  connection.owner = number;
  co_await Yield();

  pool.Writes(connection, Pool::kAsked);
  connection.asked = number;
  connection.asking.WakeAll();
  for (;;) {
    co_await Yield();
    while (pool.HasNothing(request)) co_await request.data.Wait();
    const int chunk = request.buffer[0];
    for (int i = 1; i < request.size; ++i) {
      request.buffer[static_cast<size_t>(i - 1)] = request.buffer[static_cast<size_t>(i)];
    }
    --request.size;
    co_await Yield();
    pool.Reads(connection, Pool::kOwner);
    if (connection.owner == number && pool.IsPaused(connection)) {
      pool.Writes(connection, Pool::kPaused);
      connection.paused = false;
      connection.resumed.WakeAll();
    }
    if (chunk == pool.options.chunks) break;
  }
  pool.touched.Write(Pool::kDone);
  if (++pool.done == pool.options.requests) EndAll(pool);
}

class PoolToy final : public Toy {
 public:
  PoolToy(World& world, const PoolToyOptions& options) : Toy(world), pool_(options, SayWhatIsTouched()) {}

  void Spawn() override {
    const PoolToyOptions& options = pool_.options;
    uint32_t number = 0;
    for (int i = 0; i < options.connections; ++i) {
      Connection& connection = pool_.connections[static_cast<size_t>(i)];
      pool_.idle[static_cast<size_t>(pool_.idle_size++)] = i;
      Toy::Spawn(++number, Serve(pool_, connection));
      Toy::Spawn(++number, Read(pool_, connection));
    }
    for (int i = 0; i < options.requests; ++i) Toy::Spawn(++number, Get(pool_, i));
  }

 private:
  Pool pool_;
};

}  // namespace

std::unique_ptr<Subject> MakePoolToy(World& world, const PoolToyOptions& options) {
  CHECK(options.connections <= kMax && options.requests <= kMax && options.chunks <= kMax);
  return std::make_unique<PoolToy>(world, options);
}

}  // namespace sim
