// The value change dump that the systemc engine leaves, read back by a small parser.
#include "sim/systemc/vcd.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <sstream>
#include <string>

#include "sim/engine.h"
#include "tests/sim/small_programs.h"

namespace attnsim::sim {
namespace {

constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

struct Dump {
  std::map<std::string, std::map<std::int64_t, std::string>> changes;  // "dram.busy" -> cycle -> value
  std::int64_t from = -1;
  std::int64_t to = -1;

  // Cycles at which a flag is 1.
  std::int64_t high(const std::string& name) const {
    std::int64_t cycles = 0;
    std::int64_t since = from;
    std::string value = "0";
    for (const auto& [cycle, next] : changes.at(name)) {
      if (value == "1") cycles += cycle - since;
      since = cycle;
      value = next;
    }
    return cycles + (value == "1" ? to - since : 0);
  }
};

Dump parse(const std::string& text) {
  Dump dump;
  std::map<std::string, std::string> names;  // code -> path
  std::vector<std::string> scopes;
  std::istringstream stream(text);
  std::string word;
  const auto skip_to_end = [&] {
    while (stream >> word && word != "$end") {
    }
  };
  while (stream >> word) {
    if (word == "$comment" || word == "$timescale" || word == "$enddefinitions") {
      skip_to_end();
    } else if (word == "$scope") {
      stream >> word >> word;
      scopes.push_back(word);
      skip_to_end();
    } else if (word == "$upscope") {
      scopes.pop_back();
      skip_to_end();
    } else if (word == "$var") {
      std::string type, bits, code, name;
      stream >> type >> bits >> code >> name;
      EXPECT_EQ(type, "wire");
      EXPECT_TRUE(names.emplace(code, scopes.back() + "." + name).second) << code << " stands for two signals";
      skip_to_end();
    } else if (word[0] == '#') {
      const std::int64_t cycle = std::stoll(word.substr(1));
      EXPECT_GT(cycle, dump.to);
      dump.to = cycle;
      if (dump.from < 0) dump.from = cycle;
    } else if (word[0] == 'b') {
      std::string code;
      stream >> code;
      dump.changes[names.at(code)][dump.to] =
          word == "bz" ? "z" : std::to_string(std::stoll(word.substr(1), nullptr, 2));
    } else if (word[0] == '0' || word[0] == '1') {
      dump.changes[names.at(word.substr(1))][dump.to] = word[0];
    } else {
      EXPECT_TRUE(word == "$dumpvars" || word == "$end") << word;
    }
  }
  EXPECT_TRUE(scopes.empty());
  return dump;
}

struct Recorded {
  Dump dump;
  Timing timing;
  bool is_cut = false;
};

Recorded record(const mapping::Program& program, std::int64_t from = 0, std::int64_t to = kForever,
                std::int64_t instructions = 1000) {
  systemc::VcdRecorder recorder(program, from, to, instructions);
  EngineOptions options;
  options.vcd = &recorder;
  Recorded recorded;
  recorded.timing = run_systemc(program, options);
  recorded.dump = parse(recorder.text(recorded.timing.cycles));
  recorded.is_cut = recorder.is_cut();
  EXPECT_EQ(recorded.dump.to, recorder.end(recorded.timing.cycles));
  return recorded;
}

using Changes = std::map<std::int64_t, std::string>;

//   load K  0..5  5..10         18..23
//   RM           9....18  18....27  27....36
const PairShape kPair{.tiles = 3, .load = 5, .compute = 9, .latency = 4, .slots = 2};

TEST(Vcd, ShowsWhatUnitsAreAtAndWhatChannelsHold) {
  const Recorded recorded = record(pair_program(kPair));
  EXPECT_EQ(recorded.dump.changes.at("dram.instruction"), (Changes{{0, "0"}, {10, "z"}, {18, "0"}, {23, "z"}}));
  EXPECT_EQ(recorded.dump.changes.at("dram.busy"), (Changes{{0, "1"}, {10, "0"}, {18, "1"}, {23, "0"}}));
  EXPECT_EQ(recorded.dump.changes.at("array_1d.instruction"), (Changes{{0, "z"}, {9, "1"}, {36, "z"}}));
  EXPECT_EQ(recorded.dump.changes.at("array_1d.busy"), (Changes{{0, "0"}, {9, "1"}, {36, "0"}}));
  EXPECT_EQ(recorded.dump.changes.at("block_0.K"), (Changes{{0, "0"}, {14, "1"}, {18, "0"}}))
      << "the first and the third are taken as they come";
  EXPECT_EQ(recorded.dump.changes.at("block_0.slots_of_K"), (Changes{{0, "1"}, {5, "0"}, {27, "1"}, {36, "2"}}));
  EXPECT_EQ(recorded.dump.to, 36);
  EXPECT_FALSE(recorded.is_cut);
}

TEST(Vcd, BusyTimesAddUpToTheUnitsBusyCycles) {
  mapping::Program program = pair_program({.tiles = 20, .load = 7, .compute = 3, .latency = 2, .slots = 3});
  program.blocks.push_back(pair_program(kPair).blocks.at(0));
  const Recorded recorded = record(program);
  for (std::size_t unit = 0; unit < program.units.size(); ++unit)
    EXPECT_EQ(recorded.dump.high(program.units[unit].name + ".busy"), recorded.timing.units[unit].busy_cycles);
}

TEST(Vcd, RecordingDoesNotChangeTheTiming) {
  const mapping::Program program = pair_program(kPair);
  const Timing plain = run_systemc(program);
  const Timing recorded = record(program).timing;
  EXPECT_EQ(recorded.cycles, plain.cycles);
  EXPECT_EQ(recorded.units, plain.units);
  EXPECT_EQ(recorded.blocks, plain.blocks);
}

TEST(Vcd, AWindowBeginsWithTheValuesOfItsFirstCycle) {
  const Dump dump = record(pair_program(kPair), 12, 20).dump;
  EXPECT_EQ(dump.changes.at("dram.busy"), (Changes{{12, "0"}, {18, "1"}}));
  EXPECT_EQ(dump.changes.at("array_1d.busy"), (Changes{{12, "1"}}));
  EXPECT_EQ(dump.changes.at("array_1d.instruction"), (Changes{{12, "1"}}));
  EXPECT_EQ(dump.changes.at("block_0.K"), (Changes{{12, "0"}, {14, "1"}, {18, "0"}}));
  EXPECT_EQ(dump.changes.at("block_0.slots_of_K"), (Changes{{12, "0"}}));
  EXPECT_EQ(dump.to, 20);
}

TEST(Vcd, IsCutAtTheNumberOfInstructions) {
  const Recorded recorded = record(pair_program(kPair), 0, kForever, 3);
  EXPECT_TRUE(recorded.is_cut);
  EXPECT_EQ(recorded.dump.to, 18) << "where the fourth starts";
  EXPECT_FALSE(record(pair_program(kPair), 0, kForever, 6).is_cut) << "there are six";
}

TEST(Vcd, InstructionsOfNoCyclesLeaveNoFlagUp) {
  const Dump dump = record(pair_program({.tiles = 3, .load = 0, .compute = 2, .slots = 1})).dump;
  EXPECT_EQ(dump.changes.at("dram.busy"), (Changes{{0, "0"}}));
  EXPECT_EQ(dump.high("array_1d.busy"), 6);
}

TEST(Vcd, NamesAreMadeFitAndTakenOnce) {
  mapping::Program program = pair_program(kPair);
  program.units = {{"dram 0", 1}, {"dram.0", 1}};
  program.blocks.at(0).channels.at(0).name = "load K -> RM";
  program.blocks.at(0).channels.at(1).name = "load K to RM";
  const Dump dump = record(program).dump;
  for (const char* name : {"dram_0.busy", "dram_0_2.busy", "block_0.load_K_to_RM", "block_0.load_K_to_RM_2"})
    EXPECT_TRUE(dump.changes.contains(name)) << name;
}

TEST(Vcd, ManySignalsHaveCodesOfTheirOwn) {
  mapping::Program program = pair_program(kPair);
  for (int i = 0; i < 200; ++i) program.blocks.at(0).channels.push_back({"c" + std::to_string(i), 0, 0, i});
  const Dump dump = record(program).dump;
  for (int i = 0; i < 200; ++i)
    EXPECT_EQ(dump.changes.at("block_0.c" + std::to_string(i)), (Changes{{0, std::to_string(i)}}));
}

}  // namespace
}  // namespace attnsim::sim
