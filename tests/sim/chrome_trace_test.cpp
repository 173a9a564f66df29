// The trace JSON of a small program, event by event.
#include "sim/chrome_trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

// Token 0, the free slot that the load takes, comes from no slice; token 1 is K.
TEST(ChromeTrace, OfOneTileIsThis) {
  mapping::Program program = pair_program({.tiles = 1, .load = 5, .compute = 9, .latency = 4, .slots = 1});
  program.blocks.at(0).instructions.at(1).einsum = "RM";
  EXPECT_EQ(chrome_trace(program, make_trace(program, {})),
            R"({"displayTimeUnit": "ns",
"otherData": {"simulator":"attnsim","time_unit":"1 us stands for 1 cycle","cycles_from":0,"cycles_to":18,)"
            R"("instructions":2,"cut":false},
"traceEvents": [
{"ph":"M","pid":1,"name":"process_name","args":{"name":"attnsim"}},
{"ph":"M","pid":1,"tid":1,"name":"thread_name","args":{"name":"dram"}},
{"ph":"M","pid":1,"tid":1,"name":"thread_sort_index","args":{"sort_index":0}},
{"ph":"M","pid":1,"tid":2,"name":"thread_name","args":{"name":"array_1d"}},
{"ph":"M","pid":1,"tid":2,"name":"thread_sort_index","args":{"sort_index":1}},
{"ph":"X","pid":1,"tid":1,"ts":0,"dur":5,"name":"load K","cat":"transfer","args":{"epoch":0,"point":{"m1":0},)"
            R"("block":"pair"}},
{"ph":"C","pid":1,"ts":0,"name":"slots of K","args":{"tokens":0}},
{"ph":"s","pid":1,"tid":1,"ts":4,"id":1,"cat":"token","name":"K","args":{"posted":5,"arrives":9}},
{"ph":"X","pid":1,"tid":2,"ts":9,"dur":9,"name":"RM","cat":"einsum","args":{"epoch":0,"point":{"m1":0},)"
            R"("einsum":"RM","block":"pair"}},
{"ph":"f","pid":1,"tid":2,"ts":9,"id":1,"cat":"token","name":"K","bp":"e"},
{"ph":"C","pid":1,"ts":18,"name":"slots of K","args":{"tokens":1}}
]}
)");
}

TEST(ChromeTrace, AStreamedTokenLeavesInTheMiddleOfItsSlice) {
  mapping::Program program = pair_program({.tiles = 1, .load = 5, .compute = 9, .slots = 1});
  program.blocks.at(0).instructions.at(0).posts.at(0).offset = 2;
  const auto json = nlohmann::json::parse(chrome_trace(program, make_trace(program, {})));
  int flows = 0;
  for (const auto& event : json["traceEvents"]) {
    if (event["ph"] != "s") continue;
    ++flows;
    EXPECT_EQ(event["ts"], 2);
  }
  EXPECT_EQ(flows, 1);
}

TEST(ChromeTrace, NamesAreQuoted) {
  mapping::Program program = pair_program({});
  program.units.at(0).name = "a \"quoted\" unit";
  program.blocks.at(0).instructions.at(0).name = "back\\slash";
  const auto json = nlohmann::json::parse(chrome_trace(program, make_trace(program, {})));
  EXPECT_EQ(json["traceEvents"][1]["args"]["name"], "a \"quoted\" unit");
  EXPECT_EQ(json["traceEvents"][5]["name"], "back\\slash");
}

}  // namespace
}  // namespace attnsim::sim
