// Tensors of a run on data: what a file may leave out, and what it may not.
#include "sim/functional/data.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "common/error.h"

namespace attnsim::sim::functional {
namespace {

class File {
 public:
  explicit File(const Arrays& arrays) { write_npz(path_, arrays); }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ = std::filesystem::temp_directory_path() / "attnsim_data_test.npz";
};

workloads::Workload small() {
  workloads::Workload workload;
  workload.heads = workload.kv_heads = 2;
  workload.head_dim = 3;
  workload.value_dim = 4;
  workload.seq_len = workload.kv_len = 5;
  return workload;
}

TEST(Layout, AnInputWithADefaultMayBeAbsentAndIsDrawn) {
  const workloads::Cascade cascade = workloads::read_cascade("gla");
  const workloads::Workload workload = small();
  const Layout layout(cascade, workload);
  const Arrays drawn = layout.draw(1);
  EXPECT_NE(drawn.at("S0").values, std::vector<double>(24, 0));
  Arrays given = drawn;
  given.erase("S0");
  const Arrays read = layout.read(File(given).path());
  EXPECT_EQ(read.at("S0").shape, (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(read.at("S0").values, std::vector<double>(24, 0));
  EXPECT_EQ(read.at("K").values, drawn.at("K").values);
  EXPECT_EQ(layout.read(File(drawn).path()).at("S0").values, drawn.at("S0").values);
}

// Attention to keys that another layer chose.
workloads::Cascade given_keys() {
  return workloads::parse_cascade(R"(# Given keys
id: given
class: dynamic-topk
source: test
provenance: confirmed
ranks: {p: queries, m: keys, j: 3, f: value_dim}
inputs: ["I[p,j]", "V[m,f]"]
output: AV[p,f]
einsums:
  - AV[p,f] = sum(j) V[I[p,j],f]
)",
                                  "given.yaml");
}

TEST(Layout, CoordinatesOfAFileStayWholeNumbers) {
  const workloads::Cascade cascade = given_keys();
  workloads::Workload workload = small();
  workload.seq_len = 1;
  workload.kv_len = 1000;
  const Layout layout(cascade, workload);
  Arrays given;
  given["I"] = {{1, 2, 1, 3}, {0, 257, 511, 999, 3, -1}};  // bf16 has no 257
  given["V"] = {{1, 2, 1000, 4}, std::vector<double>(8000, 257)};
  const Arrays read = layout.read(File(given).path());
  EXPECT_EQ(read.at("I").values, given.at("I").values);
  EXPECT_EQ(read.at("V").values, std::vector<double>(8000, 256));
}

TEST(Layout, CoordinatesAreNotDrawn) {
  const workloads::Cascade cascade = given_keys();
  const workloads::Workload workload = small();
  try {
    Layout(cascade, workload).draw(0);
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_STREQ(error.what(), "--data: missing; I holds coordinates, which are not drawn");
  }
}

TEST(Layout, GivenCoordinatesNeedNeitherAFileNorADraw) {
  const workloads::Cascade cascade = given_keys();
  const workloads::Workload workload = small();
  const Layout layout(cascade, workload);
  const Arrays given = {{"I", {layout.shape(cascade.inputs[0]), {}}}};
  const Arrays drawn = layout.draw(0, given);
  EXPECT_EQ(drawn.at("I").shape, given.at("I").shape);
  EXPECT_FALSE(drawn.at("V").values.empty());
  const Arrays file = {{"V", drawn.at("V")}};
  EXPECT_EQ(layout.read(File(file).path(), given).at("V").values, drawn.at("V").values);
}

TEST(Layout, AnInputWithoutADefaultMayNot) {
  const workloads::Cascade cascade = workloads::read_cascade("gla");
  const workloads::Workload workload = small();
  const Layout layout(cascade, workload);
  Arrays given = layout.draw(1);
  given.erase("V");
  const File file(given);
  try {
    layout.read(file.path());
    FAIL();
  } catch (const common::InputError& error) {
    EXPECT_EQ(error.what(), file.path().string() + ": V: missing; the file has G, K, Q, S0");
  }
}

TEST(Layout, IntegersAreDrawnFromTheirWholeRangeEachAsLikely) {
  const workloads::Cascade cascade = workloads::read_cascade("qserve_kv4");
  workloads::Workload workload = small();
  workload.seq_len = workload.kv_len = 4000;
  const Arrays drawn = Layout(cascade, workload).draw(1);
  std::map<double, int> counts;
  for (const double code : drawn.at("KC").values) ++counts[code];
  ASSERT_EQ(counts.size(), 16U);
  for (const auto& [code, count] : counts) {
    EXPECT_EQ(code, std::floor(code));
    EXPECT_NEAR(count, 2 * 4000 * 3 / 16, 200) << code;
  }
  EXPECT_EQ(counts.begin()->first, 0);
  EXPECT_EQ(counts.rbegin()->first, 15);
  bool finer_than_bf16 = false;
  for (const double scale : drawn.at("KS").values) {
    EXPECT_EQ(scale, workloads::storage_type("fp16").nearest(scale));
    finer_than_bf16 = finer_than_bf16 || scale != workloads::storage_type("bf16").nearest(scale);
  }
  EXPECT_TRUE(finer_than_bf16);
}

TEST(Layout, ValuesThatATypeDoesNotHaveAreRefused) {
  const workloads::Cascade cascade = workloads::read_cascade("qserve_kv4");
  const workloads::Workload workload = small();
  const Layout layout(cascade, workload);
  const Arrays drawn = layout.draw(1);
  const auto error_with = [&](const std::string& tensor, double value) -> std::string {
    Arrays given = drawn;
    given.at(tensor).values[3] = value;
    const File file(given);
    try {
      layout.read(file.path());
    } catch (const common::InputError& error) {
      return std::string(error.what()).substr(file.path().string().size());
    }
    return "";
  };
  EXPECT_EQ(error_with("KC", 15), "");
  EXPECT_EQ(error_with("KC", 17), ": KC: holds 17, but is stored as u4; it has whole numbers from 0 to 15");
  EXPECT_EQ(error_with("VC", 2.5), ": VC: holds 2.5, but is stored as u4; it has whole numbers from 0 to 15");
  EXPECT_EQ(error_with("VS", -1e6), ": VS: holds -1000000, but is stored as fp16; it has values from -65504 to 65504");
}

}  // namespace
}  // namespace attnsim::sim::functional
