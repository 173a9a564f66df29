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
#include "workloads/tensor.h"
#include "workloads/workload.h"

namespace attnsim::sim::functional {

// A tensor of all heads of the batch has the shape [batch, heads, its own ranks]. One over keys but not over queries (K
// and V) has kv_heads in place of heads. A cascade that does not run for each head, or for each sequence, lacks the
// axis.
class Layout {
 public:
  // Keeps references.
  Layout(const workloads::Cascade& cascade, const workloads::Workload& workload)
      : cascade_(cascade), workload_(workload) {}

  std::int64_t batch() const { return cascade_.runs_each_sequence() ? workload_.batch : 1; }
  std::int64_t heads() const { return cascade_.runs_each_head() ? workload_.heads : 1; }
  std::vector<std::int64_t> shape(const workloads::TensorRef& tensor) const;

  // Reads the inputs from a file, or draws them: values of the standard normal distribution, of integer types whole
  // numbers of their range, each as likely, in the order of the cascade's inputs; in a file, those with a default may
  // be absent. Both are rounded as they are stored, but for coordinates (what an index looks up), which only a file
  // has. What is `given` is taken as it is. Throws common::InputError for a missing array, a wrong shape or a value
  // beyond the tensor's storage type.
  Arrays read(const std::filesystem::path& file, const Arrays& given = {}) const;
  Arrays draw(std::uint64_t seed, const Arrays& given = {}) const;

  // The inputs of a query head, over declared ranks; and a head's tensor into its place.
  workloads::Tensors head(const Arrays& arrays, std::int64_t batch, std::int64_t head) const;
  void put(Array& whole, const workloads::TensorRef& tensor, std::int64_t batch, std::int64_t head,
           const workloads::Tensor& values) const;

 private:
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
