// The Program's own rules, and its listing.
#include "mapping/program.h"

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

namespace attnsim::mapping {
namespace {

using Kind = Condition::Kind;

Program sample() {
  Program program;
  program.units = {{"dram", 1}, {"array_1d", 256}};
  Block block;
  block.name = "softmax";
  block.loops = {{"p2", 3, {}, {}}, {"m1", 2, {0}, {Row{}, Row{{1}}, Row{{2}}}}};
  block.channels = {{"K", 1, 100, 0}, {"slots of K", 0, 0, 2}};
  Instruction load;
  load.name = "load K";
  load.unit = 0;
  load.guard = {{1, Kind::kFirst}, {0, Kind::kEquals, 1}};
  load.work.duration = 76;
  load.waits = {{1, {}}};
  load.posts = {{0, {}, 5}};
  Instruction compute;
  compute.name = "RM";
  compute.unit = 1;
  compute.lag = 2;
  compute.work.duration = 7;
  compute.tails = {{{{1, Kind::kLast}}, {.duration = 3}}};
  compute.waits = {{0, {{1, Kind::kNotFirst}}}};
  compute.posts = {{1, {{1, Kind::kNotLast}}}};
  block.instructions = {load, compute};
  program.blocks = {block};
  return program;
}

TEST(Program, IsListedByUnit) {
  EXPECT_EQ(describe(sample()),
            "units: dram (1) array_1d (256)\n"
            "block softmax\n"
            "  loops: p2 3, m1 2 at most (p2: none, 0..0, 0..1)\n"
            "  channel \"K\" to array_1d: latency 100, 0 at the start\n"
            "  channel \"slots of K\" to dram: latency 0, 2 at the start\n"
            "  dram\n"
            "    load K: 76 cycles, lag 0 when m1 is first and p2 is 1\n"
            "      waits for \"slots of K\"\n"
            "      posts \"K\" at cycle 5\n"
            "  array_1d\n"
            "    RM: 7 cycles, lag 2\n"
            "      3 cycles when m1 is last\n"
            "      waits for \"K\" when m1 is not first\n"
            "      posts \"slots of K\" when m1 is not last\n");
}

TEST(Program, KeepsItsRulesInTheSample) { EXPECT_NO_THROW(check_well_formed(sample())); }

struct Breach {
  std::string what;
  std::function<void(Program&, Block&)> make;
};

TEST(Program, SaysWhichRuleIsBroken) {
  const std::vector<Breach> breaches{
      {"softmax: load K: unit 2 of 2", [](Program&, Block& b) { b.instructions[0].unit = 2; }},
      {"softmax: load K: unit -1 of 2", [](Program&, Block& b) { b.instructions[0].unit = -1; }},
      {"softmax: \"K\": unit 7 of 2", [](Program&, Block& b) { b.channels[0].to_unit = 7; }},
      {"softmax: \"K\": latency -1", [](Program&, Block& b) { b.channels[0].latency = -1; }},
      {"softmax: \"K\": -1 initial tokens", [](Program&, Block& b) { b.channels[0].initial_tokens = -1; }},
      {"softmax: RM: lag -1", [](Program&, Block& b) { b.instructions[1].lag = -1; }},
      {"softmax: RM: duration -1", [](Program&, Block& b) { b.instructions[1].work.duration = -1; }},
      {"softmax: RM: duration 1152921504606846976",
       [](Program&, Block& b) { b.instructions[1].tails[0].work.duration = std::int64_t{1} << 60; }},
      {"softmax: load K: a post at offset 77 of a duration of 76",
       [](Program&, Block& b) { b.instructions[0].posts[0].offset = 77; }},
      {"softmax: RM: a post at offset 4 of a duration of 3",
       [](Program&, Block& b) { b.instructions[1].posts[0].offset = 4; }},
      {"softmax: RM: a guard names loop 2 of 2",
       [](Program&, Block& b) {
         b.instructions[1].waits[0].guard = {{2, Kind::kFirst}};
       }},
      {"softmax: RM: waits for channel 2 of 2", [](Program&, Block& b) { b.instructions[1].waits[0].channel = 2; }},
      {"softmax: RM: posts to channel -1 of 2", [](Program&, Block& b) { b.instructions[1].posts[0].channel = -1; }},
      {"softmax: RM waits for \"slots of K\", whose tokens go to another unit",
       [](Program&, Block& b) { b.instructions[1].waits[0].channel = 1; }},
      {"softmax: RM posts to \"K\", as another unit does",
       [](Program&, Block& b) { b.instructions[1].posts[0].channel = 0; }},
      {"softmax: loop p2 has extent -1", [](Program&, Block& b) { b.loops[0].extent = -1; }},
      {"softmax: loop m1 has a table of loop 1, which is not outside it",
       [](Program&, Block& b) { b.loops[1].table_loops = {1}; }},
      {"softmax: loop m1 has a table of 3 rows for the 4 that its outer loops pick",
       [](Program&, Block& b) { b.loops[0].extent = 4; }},
      {"softmax: loop m1 has a run of 0 tiles", [](Program&, Block& b) { b.loops[1].table[0] = {{0}}; }},
      {"softmax: loop m1 has extent 2, but the largest of its table is 1",
       [](Program&, Block& b) { b.loops[1].table[2] = {{1}}; }},
  };
  for (const Breach& breach : breaches) {
    Program program = sample();
    breach.make(program, program.blocks[0]);
    try {
      check_well_formed(program);
      ADD_FAILURE() << "taken as well-formed: " << breach.what;
    } catch (const std::logic_error& error) {
      EXPECT_EQ(error.what(), breach.what);
    }
  }
}

}  // namespace
}  // namespace attnsim::mapping
