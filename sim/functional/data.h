// The tensors of a run on data: where they come from, and one head's share of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/functional/npz.h"
#include "workloads/cascade.h"
#include "workloads/instance.h"
#include "workloads/tensor.h"
#include "workloads/workload.h"

namespace attnsim::sim::functional {

// Where the inputs of a run on data come from.
struct DataSource {
  std::uint64_t seed = 0;
  std::string data = {};    // a .npz file; empty: they are drawn
  std::string prefix = {};  // of the names in the file, where it serves several steps: "select."
  Arrays given = {};        // by tensor: neither read nor drawn
};

// Points that an Einsum may have in all heads of the batch together.
inline constexpr std::int64_t kMaxPoints = std::int64_t{1} << 28;
// "S has 1e+12 points, 268435456 at most": the first Einsum with more of them; nothing where none has.
std::optional<std::string> too_large(const workloads::Cascade& cascade, const workloads::Instance& instance,
                                     std::int64_t heads);

// A tensor of all heads of the batch has the shape [batch, heads, its own ranks]. An input over keys but not over
// queries (K and V) has kv_heads in place of heads. A cascade that does not run for each head, or for each sequence,
// lacks the axis.
class Layout {
 public:
  // Keeps references.
  Layout(const workloads::Cascade& cascade, const workloads::Workload& workload)
      : cascade_(cascade), workload_(workload) {}

  std::int64_t batch() const { return cascade_.runs_each_sequence() ? workload_.batch : 1; }
  std::int64_t heads() const { return cascade_.runs_each_head() ? workload_.heads : 1; }
  std::vector<std::int64_t> shape(const workloads::TensorRef& tensor) const;

  // The inputs: given, read from a file, or drawn, with values of the standard normal distribution, of integer types
  // whole numbers of their range, each as likely, each tensor's by the seed and its name alone; in a file, those with a
  // default may be absent. Both are rounded as they are stored, but for coordinates: what an index K[I[p,j],e] looks up
  // is drawn as different coordinates of K's rank along I's last rank, other coordinates only a file has. Throws
  // common::InputError for a missing array, a wrong shape or a value beyond the tensor's storage type.
  Arrays inputs(const DataSource& source) const;

  // The inputs of a query head, over declared ranks; and a head's tensor into its place.
  workloads::Tensors head(const Arrays& arrays, std::int64_t batch, std::int64_t head) const;
  void put(Array& whole, const workloads::TensorRef& tensor, std::int64_t batch, std::int64_t head,
           const workloads::Tensor& values) const;

 private:
  Arrays read(const DataSource& source) const;
  Arrays draw(const DataSource& source) const;
  // Batch and heads, as far as they are there, with their extents.
  std::vector<std::pair<std::string, std::int64_t>> leading(const workloads::TensorRef& tensor) const;
  bool is_shared(const workloads::TensorRef& tensor) const;
  std::vector<std::int64_t> own_shape(const workloads::TensorRef& tensor) const;
  // Where a head's values begin.
  std::int64_t offset(const workloads::TensorRef& tensor, std::int64_t batch, std::int64_t head) const;

  const workloads::Cascade& cascade_;
  const workloads::Workload& workload_;
};

std::int64_t size_of(const std::vector<std::int64_t>& shape);

}  // namespace attnsim::sim::functional
