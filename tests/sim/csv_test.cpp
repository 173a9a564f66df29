// summary.csv from hand-made JSON.
#include "sim/csv.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace attnsim::sim {
namespace {

const std::string kHeader =
    "workload,phase,batch,seq_len,kv_len,attention,arch,mapping,scope,engine,cycles,seconds,frequency_hz,"
    "lower_bound_cycles,limiter,gap,utilization_array_2d,utilization_array_2d_macc,utilization_array_1d,"
    "utilization_dram,dram_read_bytes,dram_write_bytes,buffer_read_bytes,buffer_write_bytes,energy_pj,area_um2\n";

Json example() {
  return Json::parse(R"({
    "scope": "attention",
    "arch": {"name": "toy"},
    "workload": {"name": "bert", "phase": "prefill", "batch": 2, "seq_len": 4096, "kv_len": 8192},
    "attention": {"name": "one_pass"}, "mapping": {"name": "own"}, "engine": "fast",
    "cycles": 6958351449, "seconds": 7.402501541489362, "frequency_hz": 940000000,
    "bound": {"lower_bound_cycles": 6958350336, "limiter": "array_1d", "gap": 1.5995170496687105e-07},
    "utilization": {"array_2d": 0.5, "array_2d_macc": 0.25, "array_1d": 1.0, "dram": 0.125},
    "dram_bytes": {"read": 30, "write": 10}, "buffer_bytes": {"read": 7, "write": 5},
    "energy_pj": null, "area_um2": {"total": 12.5}
  })");
}

TEST(Csv, HoldsOneHeaderAndOneLineARunWithTheDigitsOfTheJson) {
  const std::string line =
      "bert,prefill,2,4096,8192,one_pass,toy,own,attention,fast,6958351449,7.402501541489362,940000000,6958350336,"
      "array_1d,1.5995170496687105e-07,0.5,0.25,1.0,0.125,30,10,7,5,,12.5\n";
  EXPECT_EQ(to_csv({example()}), kHeader + line);
  EXPECT_EQ(to_csv({example(), example()}), kHeader + line + line);
}

TEST(Csv, LeavesEmptyWhatAResultLacks) {
  EXPECT_EQ(to_csv({Json::object()}), kHeader + std::string(25, ',') + "\n");
  EXPECT_EQ(std::count(kHeader.begin(), kHeader.end(), ','), 25);
}

TEST(Csv, QuotesTextsThatHoldCommasQuotesOrLineBreaks) {
  Json result = Json::object();
  result["workload"]["name"] = "a,b";
  result["mapping"]["name"] = "say \"x\"";
  result["attention"]["name"] = "two\nlines";
  EXPECT_EQ(to_csv({result}), kHeader + "\"a,b\",,,,,\"two\nlines\",,\"say \"\"x\"\"\"" + std::string(18, ',') + "\n");
}

}  // namespace
}  // namespace attnsim::sim
