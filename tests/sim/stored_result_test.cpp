// A stored result gives the same energy and area as the run that wrote it, and wrong files are answered exactly.
#include "sim/stored_result.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/registry.h"
#include "sim/run.h"

namespace attnsim::sim {
namespace {

namespace fs = std::filesystem;

class StoredFile : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = fs::path(testing::TempDir()) / "attnsim_stored_result" /
                        testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(folder);
    file_ = folder / "result.json";
  }

  static Result simulated(const std::string& arch, const std::string& mapping) {
    Inputs inputs;
    inputs.arch = arch;
    inputs.mapping = mapping;
    inputs.workload = "bert-base";
    inputs.options.seq_len = 1024;
    return run(prepare(inputs), Engine::kFast);
  }

  static Json result() {
    static const Json json = to_json(simulated("fusemax-cloud", "fusemax"));
    return json;
  }

  void write(const std::string& text) { std::ofstream(file_) << text; }

  std::string error_of(const std::string& text) {
    write(text);
    try {
      read_stored_result(file_);
    } catch (const common::InputError& error) {
      const std::string shown = common::shown_file(file_);
      const std::string message = error.what();
      return message.rfind(shown, 0) == 0 ? "FILE" + message.substr(shown.size()) : message;
    }
    return "no error";
  }

  fs::path file_;
};

TEST_F(StoredFile, GivesTheEnergyAndAreaOfItsRun) {
  for (const auto& [arch, mapping] : {std::pair("fusemax-cloud", "fusemax"), std::pair("flat-cloud", "unfused")}) {
    SCOPED_TRACE(mapping);
    const auto run = simulated(arch, mapping);
    write(to_json(run).dump());
    const auto stored = read_stored_result(file_);
    for (const auto& name : common::preset_names(arch::tables())) {
      const auto table = arch::read_energy_table(name);
      EXPECT_EQ(energy_of(stored.inputs, stored.architecture, table).total(),
                energy_of(energy_inputs(run), run.architecture, table).total());
      EXPECT_EQ(area_of(stored.architecture, table).total(), area_of(run.architecture, table).total());
    }
    EXPECT_EQ(stored.architecture.energy_table, run.architecture.energy_table);
  }
}

TEST_F(StoredFile, ThatIsNoResultIsAnswered) {
  EXPECT_EQ(error_of("{\"cycles\": 3"), "FILE: not JSON (byte 13)");
  EXPECT_EQ(error_of("[]"), "FILE: has several results; give a file with one");
  EXPECT_EQ(error_of("3"), "FILE: must be an object");
  EXPECT_EQ(error_of("{}"), "FILE: missing key 'arch'; simulate the run again to have it");
}

TEST_F(StoredFile, ThatDoesNotExistIsAnswered) {
  file_ = "no-such-folder/result.json";
  EXPECT_EQ(error_of(""), "FILE: no such file");
}

TEST_F(StoredFile, WithAWrongValueIsAnsweredWithItsPath) {
  auto json = result();
  json["actions"]["buffer"]["row_reads"] = -1;
  EXPECT_EQ(error_of(json.dump()), "FILE: actions.buffer.row_reads: must be a whole number of at least 0 (got -1)");
  json = result();
  json["actions"]["array_2d"]["macc"] = 1.5;
  EXPECT_EQ(error_of(json.dump()), "FILE: actions.array_2d.macc: must be a whole number of at least 0 (got 1.5)");
  json = result();
  json["seconds"] = "long";
  EXPECT_EQ(error_of(json.dump()), "FILE: seconds: must be a number of at least 0 (got \"long\")");
  json = result();
  json.erase("transfers");
  EXPECT_EQ(error_of(json.dump()), "FILE: missing key 'transfers'; simulate the run again to have it");
  json = result();
  json["arch"]["array_2d"]["rows"] = 0;
  EXPECT_EQ(error_of(json.dump()),
            "arch of the result:1: array_2d.rows: must be a whole number from 1 to 65536 (got 0)");
}

}  // namespace
}  // namespace attnsim::sim
