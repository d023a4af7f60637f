// From a parsed scenario to its plan, with everything that makes no sense collected on the way. Internal to the loader.
#ifndef SIM_SCENARIO_SCENARIO_READER_H_
#define SIM_SCENARIO_SCENARIO_READER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "sim/scenario/node.h"
#include "sim/scenario/plan.h"

namespace sim {

class ScenarioReader {
 public:
  // Errors are added to `errors`, which is not owned; with any of them the plan is not to be used.
  explicit ScenarioReader(std::vector<LoadError>& errors) : errors_(errors) {}

  // `scenario` is a sim.Scenario. Once only.
  ScenarioPlan Read(const Node& scenario);

 private:
  // Values. Where the field is not in the file, `absent` is the result.
  int64_t Duration(const Node& node, const char* field, int64_t absent_ns);
  absl::Duration Limit(const Node& node, const char* field);  // infinite where absent
  bool AnyWay(const Node& read);
  uint64_t Bytes(const Node& node, const char* field, uint64_t absent, uint64_t least, uint64_t most);
  // Either of two fields: a size, or a menu of sizes, which offers the label of sizes.
  SizePlan Size(const Node& node, const char* field, const char* menu, uint64_t absent, uint64_t least, uint64_t most);
  SizePlan Menu(const Node& node, const char* menu, uint64_t absent, uint64_t least, uint64_t most);
  std::vector<HeaderPlan> Headers(const Node& node, const char* field);
  std::string Id(const Node& node, const char* field);
  // Refuses amounts of work that no run would get to the end of.
  void CheckPieces(const Node& node, const char* field, uint64_t bytes, uint64_t piece);

  // scenario_reader.cc
  void ReadClient(const Node& client);
  void ReadNetwork(const Node& network);
  void ReadOffers(const Node& scenario);
  void ReadMenu(const Node& offer, Label label);
  void ReadStepMenu(const Node& offer, std::vector<int64_t>* menu);
  void ReadFaults(const Node& scenario);
  void ReadAssert(const Node& asserted);
  void ReadExpect(const Node& expect);
  void ReadExpectList(const Node& expect, const char* field, std::vector<size_t>* tasks);
  void ReadHistory(const Node& scenario);
  void ReadSometimes(const Node& scenario);
  void CheckMemory(const Node& scenario);

  // read_origin.cc
  void ReadOrigins(const Node& scenario);
  OriginPlan ReadOrigin(const Node& origin, int index);
  void ReadTls(const Node& origin, OriginPlan* plan);
  void ReadAddresses(const Node& origin, int index, OriginPlan* plan);
  void ReadResponses(const Node& origin, OriginPlan* plan);
  ResponsePlan ReadResponse(const Node& response);
  void ReadBody(const Node& response, ResponsePlan* plan);
  void CheckResponse(const Node& response, const ResponsePlan& plan);

  // read_proxy.cc
  void ReadProxies(const Node& scenario);
  ProxyPlan ReadProxy(const Node& proxy, int index);
  void ReadConnects(const Node& proxy, ProxyPlan* plan);
  void ReadProxyOfClient(const Node& client);
  void ReadProxyAddresses(const Node& proxy, int index, ProxyPlan* plan);

  // read_websocket.cc
  void ReadWebSocket(const Node& response, ResponsePlan* plan);
  MessagePlan ReadMessage(const Node& message);
  SocketPlan ReadSocket(const Node& socket);
  absl::optional<client::DeflateParameters> ReadDeflate(const Node& node);  // none where absent
  uint16_t CloseCode(const Node& node, const char* field);  // kCloseNormal where absent
  void CheckMessages(const Node& node, const SizePlan& count, const MessagePlan& message);
  void ReadConnectWebSocket(const Node& connect, StepPlan* plan);
  void ReadSend(const Node& send, StepPlan* plan);
  void ReadReceive(const Node& receive, StepPlan* plan);

  // read_workload.cc
  void ReadWorkload(const Node& workload);
  void ReadIds(const Node& workload, const char* field);
  void ReadEndings(const Node& task, TaskPlan* plan);  // may_cancel, may_abandon
  TaskPlan ReadRequest(const Node& request);
  TaskPlan ReadTask(const Node& task, size_t index);
  struct Operations;
  void ReadStep(const Node& step, size_t index, Operations* operations, TaskPlan* plan);
  void ReadName(const Node& step, const char* word, Operations* operations, StepPlan* plan);
  void ReadReference(const Node& step, const Node& what, const Operations& operations, StepPlan* plan);
  void ReadOtherTask(const Node& what, size_t index, StepPlan* plan);
  // Of a Request or a Step.Operation, which have the fields for it in common.
  void ReadOperation(const Node& operation, StepPlan* plan);
  void ReadOperationTimeout(const Node& operation, StepPlan* plan);
  UploadPlan ReadUpload(const Node& upload);
  void ReadTimeout(const Node& timeout, client::ClientTimeout* plan);
  std::string ReadUrl(const Node& operation);
  void CheckWaits(const Node& workload);
  void OfferAbandoning();

  // read_storm.cc
  void ReadStorm(const Node& storm);
  void ReadStormUrls(const Node& storm, StormPlan* plan);
  void ReadStormTasks(const Node& storm, StormPlan* plan);

  std::vector<LoadError>& errors_;
  ScenarioPlan plan_;
  std::map<std::string, size_t> tasks_;  // by id
};

bool IsHost(const std::string& text);     // a name in lower case
bool IsAddress(const std::string& text);  // a numeric one

// At most this many bytes in one body, one buffer or window, and one menu's entries.
inline constexpr uint64_t kBodyMax = uint64_t{64} << 20;
inline constexpr uint64_t kBufferMax = uint64_t{4} << 20;
inline constexpr size_t kMenuMax = 64;

}  // namespace sim

#endif  // SIM_SCENARIO_SCENARIO_READER_H_
