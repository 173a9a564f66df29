// Reading architectures: the shipped presets hold the published numbers, and each wrong file is answered exactly.
#include "arch/architecture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "common/registry.h"

namespace attnsim::arch {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMebibyte = 1024 * 1024;

std::string error_of(const std::string& name, const std::vector<common::Override>& overrides = {}) {
  try {
    read_architecture(name, overrides);
  } catch (const common::InputError& error) {
    return error.what();
  }
  return "no error";
}

common::Override set(const std::string& path, const std::string& value) {
  return {path, value, "--set arch." + path + "=" + value};
}

// Writes the text as an architecture file and reads it.
class ArchitectureFile : public testing::Test {
 protected:
  // A folder for each test, as tests run at the same time.
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / "attnsim_architecture" /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  std::string write(const std::string& text, const std::string& name = "mine.yaml") {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::string error_in(const std::string& text) {
    const std::string file = write(text);
    const std::string error = error_of(file);
    const std::string shown = common::shown_file(file);
    return error.rfind(shown, 0) == 0 ? "FILE" + error.substr(shown.size()) : error;
  }

 private:
  fs::path folder_;
};

const char* const kSmall = R"(clock_hz: 1e9
array_2d: {rows: 4, columns: 8, functions: {macc: 1}}
array_1d: {lanes: 8, functions: {add: 1}}
buffer: {bytes: 64KiB}
dram: {bytes_per_second: 3e9, latency_cycles: 0}
)";

TEST(Architecture, FusemaxCloudHasThePublishedNumbers) {
  const Architecture arch = read_architecture("fusemax-cloud");
  EXPECT_EQ(arch.name, "fusemax-cloud");
  EXPECT_EQ(arch.clock_hz, 940000000);
  EXPECT_EQ(arch.word_bits, 16);
  EXPECT_EQ(arch.array_2d.rows, 256);
  EXPECT_EQ(arch.array_2d.columns, 256);
  EXPECT_EQ(arch.array_2d.registers_per_pe, 16);
  EXPECT_EQ(arch.array_2d.functions, (Functions{{"macc", 1}, {"add", 1}, {"max", 1}, {"exp", 7}}));
  EXPECT_EQ(arch.array_1d.lanes, 256);
  EXPECT_EQ(arch.array_1d.registers_per_lane, 32);
  EXPECT_EQ(arch.array_1d.functions, (Functions{{"macc", 1}, {"add", 1}, {"max", 1}, {"exp", 7}, {"divide", 1}}));
  EXPECT_EQ(arch.links.hop_cycles, 1);
  EXPECT_EQ(arch.links.column_broadcast, ColumnBroadcast::kSystolic);
  EXPECT_EQ(arch.buffer.bytes, 16 * kMebibyte);
  EXPECT_EQ(arch.buffer.banks, 32);
  EXPECT_EQ(arch.buffer.row_bits, 4096);
  EXPECT_EQ(arch.dram.bytes_per_second, 400 * 1024 * kMebibyte);
  EXPECT_EQ(arch.dram.latency_cycles, 100);
  EXPECT_EQ(arch.energy_table, "accelergy-45nm");
}

TEST(Architecture, FlatCloudHasAPlainArrayAnExpUnitAndTwiceTheBuffer) {
  const Architecture arch = read_architecture("flat-cloud");
  EXPECT_EQ(arch.name, "flat-cloud");
  EXPECT_EQ(arch.array_2d.functions, (Functions{{"macc", 1}}));
  EXPECT_EQ(arch.array_1d.functions, (Functions{{"macc", 1}, {"add", 1}, {"max", 1}, {"exp", 1}, {"divide", 1}}));
  EXPECT_EQ(arch.buffer.bytes, 32 * kMebibyte);
  EXPECT_EQ(arch.dram.bytes_per_second, 400 * 1024 * kMebibyte);
}

TEST(Architecture, FusemaxEdgeDiffersFromTheCloudInSizesOnly) {
  const Architecture edge = read_architecture("fusemax-edge");
  const Architecture cloud = read_architecture("fusemax-cloud");
  EXPECT_EQ(edge.name, "fusemax-edge");
  EXPECT_EQ(edge.array_2d.rows, 32);
  EXPECT_EQ(edge.array_2d.columns, 32);
  EXPECT_EQ(edge.array_1d.lanes, 32);
  EXPECT_EQ(edge.buffer.bytes, kMebibyte / 2);
  EXPECT_EQ(edge.dram.bytes_per_second, 50 * 1024 * kMebibyte);
  EXPECT_EQ(edge.clock_hz, cloud.clock_hz);
  EXPECT_EQ(edge.array_2d.functions, cloud.array_2d.functions);
  EXPECT_EQ(edge.array_1d.functions, cloud.array_1d.functions);
  EXPECT_EQ(edge.dram.latency_cycles, cloud.dram.latency_cycles);
}

TEST(Architecture, EveryPresetIsReadUnderItsOwnName) {
  const std::vector<std::string> names = common::preset_names(presets());
  EXPECT_EQ(names, (std::vector<std::string>{"flat-cloud", "fusemax-cloud", "fusemax-edge", "tiny-16x16", "tiny-4x4",
                                             "tiny-8x8"}));
  for (const std::string& name : names) EXPECT_EQ(read_architecture(name).name, name);
}

TEST(Architecture, ATinyArrayMovesAByteForEachColumnAndCycle) {
  for (const std::int64_t side : {4, 8, 16}) {
    const Architecture arch = read_architecture("tiny-" + std::to_string(side) + "x" + std::to_string(side));
    EXPECT_EQ(arch.array_2d.rows, side);
    EXPECT_EQ(arch.array_2d.columns, side);
    EXPECT_EQ(arch.array_1d.lanes, side);
    EXPECT_EQ(arch.buffer.row_bits, side * arch.word_bits);
    EXPECT_EQ(arch.dram_bytes_per_cycle().numerator, side);
    EXPECT_EQ(arch.dram_bytes_per_cycle().denominator, 1);
  }
}

TEST(Architecture, TheDramRateIsAnExactRatio) {
  // 400 GiB/s at 940 MHz: 25 * 2^34 / (2^8 * 5^7 * 47) in lowest terms.
  const common::Ratio rate = read_architecture("fusemax-cloud").dram_bytes_per_cycle();
  EXPECT_EQ(rate.numerator, 1 << 26);
  EXPECT_EQ(rate.denominator, 146875);
}

TEST(Architecture, ABusBroadcastsInOneHopAndASystolicColumnInAHopARow) {
  const Architecture systolic = read_architecture("fusemax-cloud", {set("links.hop_cycles", "3")});
  EXPECT_EQ(systolic.column_reduction_cycles(), 256 * 3);
  EXPECT_EQ(systolic.column_broadcast_cycles(), 256 * 3);
  const Architecture bus =
      read_architecture("fusemax-cloud", {set("links.hop_cycles", "3"), set("links.column_broadcast", "bus")});
  EXPECT_EQ(bus.column_reduction_cycles(), 256 * 3);
  EXPECT_EQ(bus.column_broadcast_cycles(), 3);
}

TEST(Architecture, TheExpandedDocumentReadsAsTheSameArchitecture) {
  std::string expanded;
  read_architecture("fusemax-edge", {set("array_2d.rows", "64")}, &expanded);
  EXPECT_EQ(expanded, R"(name: fusemax-edge
clock_hz: 940e6
word_bits: 16
array_2d:
  rows: 64
  columns: 32
  registers_per_pe: 16
  functions: {macc: 1, add: 1, max: 1, exp: 7}
  composed: {exp: {add: 1, macc: 6}}
  shared: [add]
array_1d:
  lanes: 32
  registers_per_lane: 32
  functions: {macc: 1, add: 1, max: 1, exp: 7, divide: 1}
  composed: {exp: {add: 1, macc: 6}}
links:
  hop_cycles: 1
  column_broadcast: systolic
buffer:
  bytes: 512KiB
  banks: 32
  row_bits: 512
dram:
  bytes_per_second: 50GiB
  latency_cycles: 100
gather: {rows_per_cycle: 1, latency_cycles: 16, access_bytes: 64}
select: {elements_per_cycle: 16, entries: 256, latency_cycles: 16}
energy_table: accelergy-45nm
)");
}

TEST_F(ArchitectureFile, DefaultsStandForLeftOutKeys) {
  const Architecture arch = read_architecture(write(kSmall));
  EXPECT_EQ(arch.name, "mine");
  EXPECT_EQ(arch.word_bits, 16);
  EXPECT_EQ(arch.array_2d.registers_per_pe, 16);
  EXPECT_EQ(arch.array_1d.registers_per_lane, 32);
  EXPECT_EQ(arch.links.hop_cycles, 1);
  EXPECT_EQ(arch.links.column_broadcast, ColumnBroadcast::kSystolic);
  EXPECT_EQ(arch.buffer.banks, 32);
  EXPECT_EQ(arch.buffer.row_bits, 8 * 16);
  EXPECT_EQ(arch.energy_table, "accelergy-45nm");
}

TEST_F(ArchitectureFile, AFileAnywhereCanHaveAPresetAsItsBase) {
  const Architecture arch = read_architecture(write("base: tiny-8x8\narray_2d: {rows: 5}\n"));
  EXPECT_EQ(arch.array_2d.rows, 5);
  EXPECT_EQ(arch.array_2d.columns, 8);
}

TEST_F(ArchitectureFile, AnErrorInAnInheritedValueNamesTheBaseFile) {
  const std::string base = write(std::string(kSmall) + "links: {hop_cycles: 0}\n");
  const std::string derived = write("base: mine\nname: derived\n", "derived.yaml");
  EXPECT_EQ(error_of(derived),
            common::shown_file(base) + ":6: links.hop_cycles: must be a whole number from 1 to 1024 (got 0)");
}

TEST_F(ArchitectureFile, AMissingKeyIsNamed) {
  EXPECT_EQ(error_in("name: x\n"), "FILE:1: missing key 'clock_hz'");
  EXPECT_EQ(error_in("clock_hz: 1e9\narray_2d:\n  rows: 4\n"), "FILE:2: array_2d: missing key 'columns'");
  EXPECT_EQ(error_in("clock_hz: 1e9\narray_2d: {rows: 4, columns: 4}\n"), "FILE:2: array_2d: missing key 'functions'");
}

TEST_F(ArchitectureFile, AnEmptyFileIsAnError) { EXPECT_EQ(error_in(""), "FILE: must be a map of keys (got nothing)"); }

TEST(Architecture, ValuesOutOfRangeAreNamedWithTheRange) {
  EXPECT_EQ(error_of("tiny-4x4", {set("array_2d.rows", "65537")}),
            "--set arch.array_2d.rows=65537: array_2d.rows: must be a whole number from 1 to 65536 (got 65537)");
  EXPECT_EQ(read_architecture("tiny-4x4", {set("array_2d.rows", "65536")}).array_2d.rows, 65536);
  EXPECT_EQ(error_of("tiny-4x4", {set("array_1d.lanes", "0")}),
            "--set arch.array_1d.lanes=0: array_1d.lanes: must be a whole number from 1 to 65536 (got 0)");
  EXPECT_EQ(error_of("tiny-4x4", {set("clock_hz", "1e13")}),
            "--set arch.clock_hz=1e13: clock_hz: must be a whole number from 1 to 1000000000000 (got 1e13)");
  EXPECT_EQ(error_of("tiny-4x4", {set("dram.latency_cycles", "-1")}),
            "--set arch.dram.latency_cycles=-1: dram.latency_cycles: must be a whole number from 0 to 1000000000 "
            "(got -1)");
  EXPECT_EQ(error_of("tiny-4x4", {set("word_bits", "12")}),
            "--set arch.word_bits=12: word_bits: must be 8, 16, 32 or 64 (got 12)");
  EXPECT_EQ(error_of("tiny-4x4", {set("array_2d.functions.exp", "1025")}),
            "--set arch.array_2d.functions.exp=1025: array_2d.functions.exp: must be a whole number from 1 to 1024 "
            "(got 1025)");
}

TEST(Architecture, UnknownNamesAreAnsweredWithTheKnownOnes) {
  EXPECT_EQ(error_of("fusemax-clod"),
            "unknown architecture 'fusemax-clod'; did you mean 'fusemax-cloud'?; known: flat-cloud, fusemax-cloud, "
            "fusemax-edge, tiny-16x16, tiny-4x4, tiny-8x8");
  EXPECT_EQ(error_of("tiny-4x4", {set("array_2d.rowz", "3")}),
            "--set arch.array_2d.rowz=3: unknown key 'rowz'; did you mean 'rows'?; known: columns, composed, "
            "functions, registers_per_pe, rows, shared");
  EXPECT_EQ(error_of("tiny-4x4", {set("links.column_broadcast", "buss")}),
            "--set arch.links.column_broadcast=buss: links.column_broadcast: unknown name 'buss'; did you mean 'bus'?; "
            "known: bus, systolic");
  EXPECT_EQ(error_of("tiny-4x4", {set("array_1d.functions.div", "1")}),
            "--set arch.array_1d.functions.div=1: array_1d.functions.div: unknown PE function 'div'; known: add, "
            "divide, exp, log, macc, max, rsqrt, sigmoid, tanh");
}

TEST(Architecture, ComposedAndSharedFunctionsAreThoseThatTheArrayHas) {
  const Array2d array = read_architecture("fusemax-cloud").array_2d;
  EXPECT_EQ(array.composed, (Composed{{"exp", {{"add", 1}, {"macc", 6}}}}));
  EXPECT_EQ(array.shared, std::set<std::string>{"add"});
  const Array2d without = read_architecture("fusemax-cloud", {set("array_2d.functions", "{macc: 1}")}).array_2d;
  EXPECT_TRUE(without.composed.empty());
  EXPECT_TRUE(without.shared.empty());
  EXPECT_TRUE(read_architecture("flat-cloud").array_1d.composed.empty()) << "FLAT has an exp unit";
}

TEST(Architecture, WrongComposedAndSharedFunctionsAreRefused) {
  EXPECT_EQ(
      error_of("tiny-4x4", {set("array_2d.composed", "{exp: {mac: 6}}")}),
      "--set arch.array_2d.composed={exp: {mac: 6}}: array_2d.composed.exp.mac: unknown PE function 'mac'; did you "
      "mean 'macc'?; known: add, divide, exp, log, macc, max, rsqrt, sigmoid, tanh");
  EXPECT_EQ(error_of("tiny-4x4", {set("array_2d.composed", "{exp: {add: 1}, add: {macc: 1}}")}),
            "--set arch.array_2d.composed={exp: {add: 1}, add: {macc: 1}}: array_2d.composed.exp.add: is composed "
            "itself; name functions that have a unit");
  EXPECT_EQ(error_of("tiny-4x4", {set("array_2d.composed", "{exp: {}}")}),
            "--set arch.array_2d.composed={exp: {}}: array_2d.composed.exp: must name at least one PE function and how "
            "many of its results, as in {macc: 6}");
  EXPECT_EQ(error_of("tiny-4x4", {set("array_2d.shared", "[sum]")}),
            "--set arch.array_2d.shared=[sum]: array_2d.shared[0]: unknown PE function 'sum'; known: add, divide, exp, "
            "log, macc, max, rsqrt, sigmoid, tanh");
}

TEST(Architecture, TextReadsAsAFileDoes) {
  std::string expanded;
  const Architecture file = read_architecture("fusemax-edge", {}, &expanded);
  const Architecture text = parse_architecture(expanded, "a text");
  EXPECT_EQ(text.array_2d.functions, file.array_2d.functions);
  EXPECT_EQ(text.buffer.row_bits, file.buffer.row_bits);
  try {
    parse_architecture("clock_hz: 0\n", "a text");
    FAIL() << "the clock must run";
  } catch (const common::InputError& error) {
    EXPECT_EQ(std::string(error.what()), "a text:1: clock_hz: must be a whole number from 1 to 1000000000000 (got 0)");
  }
}

TEST(Architecture, AnArrayWithoutPeFunctionsIsAnError) {
  EXPECT_EQ(error_of("tiny-4x4", {set("array_2d.functions", "{}")}),
            "--set arch.array_2d.functions={}: array_2d.functions: must name at least one PE function and its cycles, "
            "as in {macc: 1}");
}

TEST(Architecture, GatherAndSelectUnitsAreOptional) {
  const Architecture cloud = read_architecture("fusemax-cloud");
  ASSERT_TRUE(cloud.gather && cloud.select);
  EXPECT_EQ(cloud.gather->access_bytes, 64);
  EXPECT_EQ(cloud.select->entries, 256);
  const Architecture none = parse_architecture(kSmall, "small.yaml");
  EXPECT_FALSE(none.gather || none.select);
  EXPECT_EQ(error_of("fusemax-cloud", {set("select", "{elements_per_cycle: 0, entries: 4, latency_cycles: 1}")}),
            "--set arch.select={elements_per_cycle: 0, entries: 4, latency_cycles: 1}: select.elements_per_cycle: must "
            "be a whole number from 1 to 65536 (got 0)");
}

TEST(Architecture, ASelectionStreamsItsValuesForEveryListThatItFills) {
  const Select select{4, 8, 3};
  EXPECT_EQ(select.cycles(100, 1), 25);
  EXPECT_EQ(select.cycles(100, 8), 25);
  EXPECT_EQ(select.cycles(101, 9), 2 * 26);
  EXPECT_EQ(select.cycles(100, 100), 13 * 25) << "a sort";
  EXPECT_EQ(select.cycles(5, 100), 2) << "no more than there are";
}

}  // namespace
}  // namespace attnsim::arch
