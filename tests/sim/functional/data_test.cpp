// Tensors of a run on data: what a file may leave out, and what it may not.
#include "sim/functional/data.h"

#include <gtest/gtest.h>

#include <algorithm>

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

}  // namespace
}  // namespace attnsim::sim::functional
